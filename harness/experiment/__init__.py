"""The two records that a person keeps: an experiment (TOML) and its result (JSON)."""
