"""Reproduces the reported metrics of SPLADE sparse encoders."""
