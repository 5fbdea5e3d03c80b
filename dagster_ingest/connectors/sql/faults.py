"""What drivers raise, as errors that say what happens next."""

from __future__ import annotations

import re

from dagster_ingest.errors import AccessDenied, IngestError, SpecError, Unavailable

_DENIED_STATES = ("28", "42501")
_WRONG_STATES = ("42P01", "42703", "3F000", "3D000", "22P02", "42883", "22007", "42S02", "42S22")
_DENIED_CODES = {1044, 1045, 1142, 1143, 18456, 229, 230, 916, 4060}
_WRONG_CODES = {1049, 1054, 1146, 207, 208, 3952}
_DENIED = re.compile(
    r"password authentication failed|permission denied|access denied|login failed", re.IGNORECASE
)
_CODE = re.compile(r"\((\d{3,5}),")


def translated(error: Exception, host: str) -> IngestError:
    """Unavailable unless the database said that it is the account or the statement."""
    told = " ".join(str(error).split())
    state = str(getattr(error, "sqlstate", None) or "")
    found = _CODE.search(told)
    code = int(found[1]) if found else 0
    parts = {"not_done": "nothing was committed; the last good partition stands"}
    source = {"host": host, "answer": told}
    if state.startswith(_DENIED_STATES) or code in _DENIED_CODES or _DENIED.search(told):
        fix = "correct the secret, or grant the account SELECT on the table"
        return AccessDenied("the database does not let us in", fix=fix, source=source, **parts)
    if state in _WRONG_STATES or code in _WRONG_CODES:
        fix = "correct the settings; with `read: pages` a database needs no snapshot isolation"
        return SpecError("the database does not understand what is asked", fix=fix, source=source, **parts)
    return Unavailable("the database failed or was lost", source=source, **parts)
