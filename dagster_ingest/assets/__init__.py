"""Specs to Dagster definitions. The only package that imports dagster."""

import logging
import warnings

import dagster as dg

# Partitioned asset checks and code references are used knowingly, and pinned by tests.
warnings.filterwarnings("ignore", category=dg.PreviewWarning, module=r"dagster_ingest\.assets")
warnings.filterwarnings("ignore", category=dg.BetaWarning, module=r"dagster_ingest\.assets")


def _is_news(record: logging.LogRecord) -> bool:
    return "emitted no result in step" not in record.getMessage()


# A model that was up to date keeps the verdict of its tests; the executor would warn at each poll.
logging.getLogger("dagster._core.execution.plan.active").addFilter(_is_news)
