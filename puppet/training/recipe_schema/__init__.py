"""Schema of training recipes (TOML)."""
