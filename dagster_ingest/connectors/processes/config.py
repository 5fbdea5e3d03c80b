"""A program's own configuration out of a spec: secrets revealed, local paths held inside the drops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import SpecError

DROPS = "{drops}"
_WILD = "*?[{"


def prepared(config: Mapping[str, Any], request: ReadRequest) -> dict[str, Any]:
    """The configuration as the program reads it. `{drops}` is the tenant's drop folder.

    Raises SpecError for a path of this machine outside of that folder. This keeps a tenant's spec from
    naming another tenant's files; it is no cage around the program, which is trusted as installed.
    """
    allowed = Path(request.allowed).resolve()
    filled = _filled(dict(config), str(allowed))
    for text in _texts(filled):
        _require_inside(text, allowed)
    return request.revealed(filled)


def _filled(value: Any, drops: str) -> Any:
    if isinstance(value, str):
        return value.replace(DROPS, drops)
    if isinstance(value, Mapping):
        return {key: _filled(part, drops) for key, part in value.items()}
    return [_filled(part, drops) for part in value] if isinstance(value, (list, tuple)) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _require_inside(text: str, allowed: Path) -> None:
    path = _local(text)
    if path is None:
        return
    plain = Path(*_until_wild(PurePosixPath(path).parts))
    climbs = ".." in PurePosixPath(path).parts
    if not climbs and (plain == Path("/") or not _exists(plain) or plain.resolve().is_relative_to(allowed)):
        return
    raise SpecError(
        f"{text!r} is a place on this machine outside of the tenant's drop folder",
        not_done="nothing was read",
        fix=f"write {DROPS} for the drop folder ({allowed}) and stay inside of it",
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # then there is something to be kept from
        return True


def _local(text: str) -> str | None:
    """The path that a text may mean on this machine, or None. An API's `/v1/items` exists nowhere."""
    if text.startswith("file:"):
        return unquote(urlsplit(text).path)
    if text.startswith(("~", "../")) or text == "..":
        return str(Path(text).expanduser()) if text.startswith("~") else text
    return text if text.startswith("/") else None


def _until_wild(parts: tuple[str, ...]) -> list[str]:
    plain = []
    for part in parts:
        if any(sign in part for sign in _WILD):
            break
        plain.append(part)
    return plain
