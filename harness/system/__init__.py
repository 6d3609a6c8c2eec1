"""The machine that this runs on, and what comes to it from others.

Ours: `atomic` (files written whole), `paths`, `memory`, `progress`, `provenance`, `records`. What
others send: `foreign_files`, `foreign_streams` and `json_files` (how a file is read), `inert` (how
text is shown), `environment` (variables), `native_streams` (what libraries print), `network`
(offline), and `hub` with `hub_names` and `hub_patience` (what a hub may send).
"""
