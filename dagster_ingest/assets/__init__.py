"""Specs to Dagster definitions. The only package that imports dagster."""

import warnings

import dagster as dg

# Partitioned asset checks and code references are used knowingly, and pinned by tests.
warnings.filterwarnings("ignore", category=dg.PreviewWarning, module=r"dagster_ingest\.assets")
warnings.filterwarnings("ignore", category=dg.BetaWarning, module=r"dagster_ingest\.assets")
