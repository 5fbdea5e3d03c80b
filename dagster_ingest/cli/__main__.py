"""`python -m dagster_ingest.cli`."""

from dagster_ingest.cli import app

app()
