"""Makes a profile while the audit runs: its expressions ride in the audit's own plan, batch by batch.

Distinct values are counted by a k-minimum-values sketch over polars' hash: the smallest `SKETCH`
different hashes of a column. Below that number the count is exact; above it the largest of them tells
how thick the hashes lie. Sketches live as long as the load and only counts are kept, so that nothing
hangs on the hash staying the same over versions of polars. Memory: `SKETCH` hashes for each column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate.profile import ColumnProfile, Profile

SKETCH = 256
SKETCH_ERROR = (SKETCH - 2) ** -0.5
"""Standard error of an estimated count, as a share of it."""
PROBE_ROWS = 4096
BLANK = 64
ENUM_VALUES = 20
ENUM_COUNTED = 1000
VALUE_LENGTH = 100
_SEED = 31
_HASHES = 2.0**64


class Profiler:
    """Profiles the columns `names` (raw names, as the batches have them). One use.

    Columns that no rule looks at are not in the audit's view and come as they are: among them only
    cells of `BLANK` bytes at most are looked at for blanks and null texts.

    Hashes of a first, large batch are probed on its head: a column that fills its sketch there gives
    a threshold, and only the hashes below it are made unique, which is what costs.
    """

    def __init__(self, contract: Contract, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.rows = 0
        self._private = {c.field for c in contract.columns if c.private}
        self._null_texts = sorted({text.strip() for text in contract.null_texts} | {""})
        self._verbatim: frozenset[str] = frozenset()
        self._nulls = dict.fromkeys(names, 0)
        self._longest = dict.fromkeys(names, 0)
        self._least: dict[str, set[int]] = {}
        self._border: dict[str, int] = {}
        typed = [r for r in contract.rules if r.kind == "type" and r.params.get("type") != "string"]
        self._unparsed = {rule.columns[0]: 0 for rule in typed}
        self._outside: dict[str, Counter[str]] = {
            rule.columns[0]: Counter() for rule in contract.rules if rule.kind == "enum"
        }
        self._beyond = dict.fromkeys(self._outside, 0)

    def unseen(self, view: Container[str]) -> list[str]:
        """Columns that the audit's view lacks; they are to be added to it verbatim."""
        found = [name for name in self.names if name not in view]
        self._verbatim = frozenset(found)
        return found

    def needs_probe(self, rows: int) -> bool:
        """Whether the head of a batch should be seen before the batch is."""
        return rows > 2 * PROBE_ROWS and not self.rows

    def probe(self, view: pl.DataFrame) -> None:
        """Look at some rows of the view before they come in a batch: fills sketches, counts nothing."""
        self._merge(view.select(self._hashes()).row(0, named=True))

    def take(self, view: pl.DataFrame) -> None:
        """Count a batch of the view."""
        self.rows += view.height
        if not self.names:
            return
        every = pl.col(self.names)
        wanted = (
            every.null_count().name.prefix("n:"),
            every.str.len_bytes().max().name.prefix("l:"),
            *self._blanks(),
            *self._hashes(),
        )
        seen = view.select(wanted).row(0, named=True)
        for name in self.names:
            self._nulls[name] += seen["n:" + name] + seen.get("b:" + name, 0)
            self._longest[name] = max(self._longest[name], seen["l:" + name] or 0)
        self._merge(seen)

    def broke(self, rule: Rule, rows: pl.DataFrame, total: int) -> None:
        """`total` rows of a batch, raw, broke a rule."""
        column = rule.columns[0] if rule.columns else ""
        if rule.kind == "type" and column in self._unparsed:
            self._unparsed[column] += total
        elif rule.kind == "enum" and column in self._beyond:
            self._beyond[column] += total
            if column not in self._private and len(self._outside[column]) < ENUM_COUNTED:
                texts = rows[column].str.strip_chars().str.slice(0, VALUE_LENGTH)
                counts = texts.value_counts(sort=True).head(ENUM_COUNTED)
                self._outside[column].update(dict(counts.iter_rows()))

    def profile(self, **more: Any) -> Profile:
        """What was seen so far. `more`: further fields of Profile."""
        columns = {
            name: ColumnProfile(
                nulls=self._nulls[name],
                distinct=self._distinct(name),
                longest=self._longest[name],
                unparsed=self._unparsed.get(name, 0),
                outside=dict(self._outside[name].most_common(ENUM_VALUES)) if name in self._outside else {},
                beyond=self._beyond.get(name, 0),
            )
            for name in self.names
        }
        return Profile(rows=self.rows, columns=columns, **more)

    def _blanks(self) -> Iterator[pl.Expr]:
        if self._verbatim:
            cells = pl.col(sorted(self._verbatim))
            short = cells.filter(cells.str.len_bytes() <= BLANK).str.strip_chars()
            yield short.is_in(self._null_texts).sum().name.prefix("b:")

    def _hashes(self) -> Iterator[pl.Expr]:
        """The least different hashes of each column, as one list each."""
        free = [name for name in self.names if name not in self._border]
        if free:
            yield pl.col(free).hash(_SEED).unique().bottom_k(SKETCH).implode().name.prefix("h:")
        for name, border in self._border.items():
            hashes = pl.col(name).hash(_SEED)
            least = hashes.filter(hashes < border).unique().bottom_k(SKETCH)
            yield least.implode().alias("h:" + name)

    def _merge(self, seen: dict[str, Any]) -> None:
        for name in self.names:
            least = self._least.setdefault(name, set())
            least.update(seen["h:" + name])
            if len(least) > SKETCH:
                least = self._least[name] = set(sorted(least)[:SKETCH])
            if len(least) == SKETCH:
                self._border[name] = max(least)

    def _distinct(self, name: str) -> int:
        if name in self._border:
            return round((SKETCH - 1) / ((self._border[name] + 1) / _HASHES))
        return len(self._least.get(name, set()) - _hashes_of(None, *self._null_texts))


@lru_cache(maxsize=64)
def _hashes_of(*texts: str | None) -> frozenset[int]:
    return frozenset(pl.Series(texts, dtype=pl.String).hash(_SEED))
