"""How a sender's own file becomes our rows: a source's settings, read from TOML, and the steps that they name."""
