"""Wrong plugins, each with the one sentence it gets."""
