"""Points where a test can kill the process. Without the environment variable they do nothing.

`DAGSTER_INGEST_FAULT=land.sealed` kills with SIGKILL at the first `reach("land.sealed")`;
`DAGSTER_INGEST_FAULT=land.commit:3` at the third. Nothing is cleaned up, as in a power cut.

Points: extract.batch, extract.read (the source was read to its end), extract.staged, land.sealed,
land.commit (inside the transaction, before COMMIT), land.committed (right after it), land.cursor.commit and
land.cursor.committed (likewise, a cursor without rows), land.enhanced.commit and land.enhanced.committed
(likewise, an enhanced partition), review.hold.commit and review.hold.committed
(likewise, where a candidate is held), review.held, review.decided (a decision is on disk), dbt.running,
publish.*
"""

from __future__ import annotations

import os
import signal

VARIABLE = "DAGSTER_INGEST_FAULT"

_reached: dict[str, int] = {}


def reach(point: str) -> None:
    """Say that `point` is reached; die here if the environment asks for it."""
    asked = os.environ.get(VARIABLE)
    if asked is None:
        return
    name, _, count = asked.partition(":")
    if name != point:
        return
    _reached[point] = _reached.get(point, 0) + 1
    if _reached[point] >= int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
