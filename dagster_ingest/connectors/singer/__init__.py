"""The `singer` connector: any tap, as a process of its own."""
