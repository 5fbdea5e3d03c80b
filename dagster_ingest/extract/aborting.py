"""What becomes of a candidate whose delivery turns out faulty half-way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dagster_ingest.errors import DataError
from dagster_ingest.extract.merge import Unseen
from dagster_ingest.land.base import Candidate
from dagster_ingest.land.profiles import Note


@contextmanager
def aborted_on_error(candidate: Candidate, note: Callable[..., Note]) -> Iterator[Candidate]:
    """Aborted, and noted as far as it was read; forgotten where it is read again, as a whole."""
    try:
        yield candidate
    except Unseen:
        candidate.forget()
        raise
    except DataError:
        candidate.observe(note(whole=False))
        candidate.abort()
        raise
    except BaseException:
        candidate.abort()
        raise
