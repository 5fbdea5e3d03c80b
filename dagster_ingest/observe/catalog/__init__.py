"""The catalog: every asset with what is known of it, as values and as JSON."""
