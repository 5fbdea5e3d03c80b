"""What a dlt source raises, as errors that say what happens next."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_ingest.errors import AccessDenied, DataError, IngestError, SpecError, Unavailable

_NOT_DONE = "nothing was committed; the last good partition stands"
_PASSING = frozenset({408, 425, 429})


def translated(error: BaseException, uri: str) -> IngestError:
    """By the first cause that tells: an HTTP status, a lost connection, a missing argument."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, IngestError):
            return cause
        if (status := _status(cause)) is not None:
            return _by_status(status, cause, uri)
    told = " ".join(str(causes[-1]).split())
    kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    said = f"{type(causes[-1]).__name__}: {told}"
    if kinds & {"ConfigFieldMissingException", "ConfigurationException", "DictValidationException"}:
        fix = "give what is missing in `config`; nothing is taken from the environment or from files of dlt"
        return SpecError(
            "the dlt source lacks a setting", where=uri, not_done=_NOT_DONE, fix=fix, source={"answer": said}
        )
    if "JSONDecodeError" in kinds:
        return DataError(
            "the answer breaks off or is no JSON",
            rule="file|truncated",
            where=uri,
            not_done=_NOT_DONE,
            source={"answer": said},
        )
    if "OSError" in kinds or "OperationalError" in kinds or kinds & {"Timeout", "TimeoutException"}:
        return Unavailable(
            "the source failed or was lost", where=uri, not_done=_NOT_DONE, source={"answer": said}
        )
    return DataError("the dlt source failed", where=uri, not_done=_NOT_DONE, source={"answer": said})


def _by_status(status: int, cause: BaseException, uri: str) -> IngestError:
    answer = getattr(cause, "response", None)
    request = getattr(answer, "request", None) or getattr(cause, "request", None)
    source = {"page": getattr(request, "path_url", ""), "answer": f"{status} {getattr(answer, 'text', '')}"}
    parts = {"where": uri, "not_done": _NOT_DONE, "source": source}
    if status in (401, 403):
        fix = "correct the secrets that `config` names, or the access that they give"
        return AccessDenied(f"the source answers {status}", fix=fix, **parts)  # type: ignore[arg-type]
    if status >= 500 or status in _PASSING:
        return Unavailable(f"the source answers {status}", **parts)  # type: ignore[arg-type]
    return DataError(f"the source answers {status}", **parts)  # type: ignore[arg-type]


def _status(cause: BaseException) -> int | None:
    status = getattr(getattr(cause, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__
