"""Parameters of a session: ALTER SESSION SET and UNSET, SHOW PARAMETERS."""

from __future__ import annotations

import re
from collections.abc import Callable

from dagster_ingest.testing.snowflake.text import rows, said, unquoted

_ALTER = re.compile(r"alter\s+session\s+(set|unset)\s+(.*)", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(r"""([A-Za-z_]\w*)\s*=\s*('(?:[^'\\]|''|\\.)*'|[^\s,]+)\s*,?\s*""", re.DOTALL)
_SHOW = re.compile(
    r"show\s+parameters(?:\s+like\s+('(?:[^']|'')*'))?(?:\s+(?:in|for)\s+\w+.*)?$", re.IGNORECASE
)

# What clients ask for; a parameter without a default here is shown once it is set.
DEFAULTS = {
    "ABORT_DETACHED_QUERY": "false",
    "AUTOCOMMIT": "true",
    "ERROR_ON_NONDETERMINISTIC_MERGE": "true",
    "LOCK_TIMEOUT": "43200",
    "QUERY_TAG": "",
    "QUOTED_IDENTIFIERS_IGNORE_CASE": "false",
    "STATEMENT_TIMEOUT_IN_SECONDS": "172800",
    "TIMEZONE": "Etc/UTC",
}
_KEPT = {"QUOTED_IDENTIFIERS_IGNORE_CASE": "true"}  # what DuckDB cannot follow


class Parameters:
    """Name to value, as a session set them. Names are in capitals, values are text."""

    def __init__(self, given: dict[str, object]) -> None:
        self.set: dict[str, str] = {name.upper(): _text(value) for name, value in given.items()}

    def __getitem__(self, name: str) -> str:
        return self.set.get(name, DEFAULTS.get(name, ""))

    def alter(self, sql: str) -> str | None:
        """Do an ALTER SESSION, and give its answer as a query; None for another statement."""
        if not (found := _ALTER.fullmatch(sql)):
            return None
        if found[1].lower() == "unset":
            for name in re.split(r"[\s,]+", found[2].strip()):
                self.set.pop(name.upper(), None)
            return said("Statement executed successfully.")
        position, pairs = 0, {}
        while position < len(found[2]):
            if not (pair := _PAIR.match(found[2], position)):
                raise ValueError(f"ALTER SESSION: cannot read {found[2][position:]!r}")
            pairs[pair[1].upper()] = unquoted(pair[2])
            position = pair.end()
        for name, value in pairs.items():
            if _KEPT.get(name) == value.lower():
                raise NotImplementedError(f"{name} = {value}")
        self.set |= pairs
        return said("Statement executed successfully.")

    def show(self, sql: str) -> str | None:
        """The answer of SHOW PARAMETERS as a query; None for another statement."""
        if not (found := _SHOW.fullmatch(sql)):
            return None
        wanted = _like(unquoted(found[1])) if found[1] else _like("%")
        names = sorted(filter(wanted, {*DEFAULTS, *self.set}))
        listed: list[tuple[object, ...]] = [
            (name, self[name], DEFAULTS.get(name, ""), "SESSION" if name in self.set else "", "", "STRING")
            for name in names
        ]
        return rows(("key", "value", "default", "level", "description", "type"), listed)


def _like(pattern: str) -> Callable[[str], bool]:
    regex = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return lambda name: re.fullmatch(regex, name, re.IGNORECASE) is not None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
