"""Specs to Dagster definitions. The only package that imports dagster."""
