"""The functions behind `import harness`: what a Python user has becomes what the stages take."""
