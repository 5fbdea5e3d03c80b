from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.audit import Auditor


def _rows(start: int = 1, uri: str = "drops/a.csv", **columns: list[str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    text = pl.concat_str(pl.all().fill_null("\0"), separator="\x1f")
    return frame.with_columns(
        _source_uri=pl.lit(uri),
        _row_number=pl.int_range(start, start + frame.height, dtype=pl.Int64),
        _row_hash=text.hash(),
    )


@pytest.fixture
def rows():
    """Makes a batch: columns as keyword arguments, numbered from `start`."""
    return _rows


@pytest.fixture
def audit():
    """Runs a whole audit over batches: (accepted, rejected, verdict, late)."""

    def run(contract, *batches, policy=None, parents=None, last_good=None):
        auditor = Auditor(contract, policy or Policy(), parents or {}, last_good)
        parts = [auditor.batch(batch) for batch in batches]
        verdict, late = auditor.finish()
        return pl.concat([a for a, _ in parts]), pl.concat([r for _, r in parts]), verdict, late

    return run
