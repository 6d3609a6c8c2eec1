"""The machine that this runs on: files, memory, progress, provenance, and the hub's client."""
