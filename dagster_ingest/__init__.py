"""Specs and contracts in, a Dagster asset graph out."""

__version__ = "0.1.0"
