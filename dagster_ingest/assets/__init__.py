"""Specs to Dagster definitions. The only package that imports dagster."""

import logging
import warnings

import dagster as dg

# Partitioned asset checks and code references are used knowingly, and pinned by tests.
warnings.filterwarnings("ignore", category=dg.PreviewWarning, module=r"dagster_ingest\.assets")
warnings.filterwarnings("ignore", category=dg.BetaWarning, module=r"dagster_ingest\.assets")


def _is_news(record: logging.LogRecord) -> bool:
    return "emitted no result in step" not in record.getMessage()


# A step that was up to date yields nothing, its checks included, and what hangs on it is skipped;
# the executor warns of each such check.
logging.getLogger("dagster._core.execution.plan.active").addFilter(_is_news)
