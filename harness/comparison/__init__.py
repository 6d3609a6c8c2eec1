"""Comparison of systems: the same queries, contents and conventions, so only the systems differ."""
