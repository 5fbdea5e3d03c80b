"""Stage to the stores that people read."""
