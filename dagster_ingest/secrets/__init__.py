"""Secrets by name: where their values are kept, resolved inside a run, each tenant its own."""
