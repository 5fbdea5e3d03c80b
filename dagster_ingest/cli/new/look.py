"""Looks at what a source delivers before there is a tenant: headings, few-valued columns, drafts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest import naming
from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import Discovered, ReadRequest
from dagster_ingest.errors import IngestError, SpecError, guess
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.request import filled as filled_for
from dagster_ingest.scaffold.names import NOTHING
from dagster_ingest.scaffold.seen import FEW, TableSeen
from dagster_ingest.settings import Settings
from dagster_ingest.spec.binding import filled
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.system import System, TableDefaults

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 10_000  # rows that a contract is drafted from
MOST = 1_000_000  # rows that are looked at for values


@dataclass(frozen=True, slots=True)
class Drop:
    """A sample delivery on disk. states: folder names in it that are states, by state."""

    folder: Path
    file: str | None = None
    states: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path) -> Drop:
        if path.is_file():
            return cls(path.resolve().parent, path.name)
        if not path.is_dir():
            near = guess(path.name, [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else [])
            fix = "give a folder or a file" + (f"; did you mean {near!r}?" if near else "")
            raise SpecError("there is no such delivery", where=str(path), not_done=NOTHING, fix=fix)
        found = {p.name.upper(): p.name for p in sorted(path.iterdir()) if p.is_dir()}
        return cls(path.resolve(), None, {s: n for s, n in found.items() if s in naming.US_STATES})


@dataclass(frozen=True, slots=True)
class Look:
    """Where to look. `settings`: of the connector, beyond the system's; `drop`: in place of the drops."""

    app: Settings
    catalog: Catalog
    tenant: str
    system: System
    connector: str
    settings: Mapping[str, Any]
    state: str
    drop: Drop | None = None

    def tables(self) -> list[TableSeen]:
        """Every table that the system requires, or what the source has where tables are the tenant's own."""
        if not self.wanted:
            return [self._own(found) for found in self._discovered()]
        return self._by_headings([self._of_system(name) for name in self.wanted])

    @property
    def wanted(self) -> list[str]:
        """The system's tables that are loaded; none where tables are the tenant's own."""
        required = [name for name, table in self.system.tables.items() if table.required]
        return required or ([] if self.system.own_tables is not None else list(self.system.tables))

    def unreachable(self) -> str | None:
        """Why the source cannot be asked, None if it can."""
        try:
            checked = registry.connector(self.connector).check(self.request(""))
        except IngestError as error:  # a secret that is not there yet, wrong settings
            return error.problem
        return None if checked.ok else checked.words

    def request(self, table: str, more: Mapping[str, Any] | None = None) -> ReadRequest:
        """What the connector is asked; `more` lies over everything."""
        defaults: TableDefaults = (
            self.system.tables.get(table) or self.system.own_tables or TableDefaults()
            if table
            else TableDefaults()
        )
        merged = {**self.system.settings_for(defaults, self.connector), **self.settings, **(more or {})}
        allowed = self.app.drops / self.tenant
        if self.drop is not None:
            allowed = self.drop.folder
            if self.drop.file is not None:
                merged |= {"path": ".", "pattern": escape(self.drop.file)}
        texts = filled_for(
            filled(merged, self.tenant, table), {"state": self.state.lower(), "STATE": self.state}
        )
        request = ReadRequest(self.tenant, self.system.system, table, self.state, texts, str(allowed))
        return Around.of(self.app, self.tenant).equip(request)

    def _of_system(self, table: str, more: Mapping[str, Any] | None = None) -> TableSeen:
        """What the source has of a table of the system."""
        if self.drop is not None and self.drop.file is not None and more is None:
            more = self._pattern_of_file(table)
        try:
            seen, _ = self._read(table, more or {})
        except IngestError as error:
            return TableSeen(table, note=error.problem)
        family, _ = self.catalog.family(self.system, table)
        contract = family.contracts[min(family.contracts)] if family else None
        if contract is None:
            return seen
        columns = {naming.column_name(heading).lower() for heading in seen.columns}
        lacking = [c.name for c in contract.columns if c.key or not c.optional]
        return replace(
            seen,
            known=sum(contract.column(naming.column_name(c)) is not None for c in seen.columns),
            lacking=tuple(n for n in lacking if naming.column_name(n).lower() not in columns),
        )

    def _pattern_of_file(self, table: str) -> dict[str, Any]:
        """A pattern for a single file that the system's own pattern would not find."""
        from dagster_ingest.connectors.files.folder import Folder
        from dagster_ingest.connectors.files.stamps import series_pattern

        assert self.drop is not None
        assert self.drop.file is not None
        defaults = self.system.settings_for(self.system.tables[table], "files")
        pattern = {**defaults, **self.settings}.get("pattern", "*.csv")
        drops, _ = Folder(self.drop.folder, self.drop.folder).scan(pattern)
        hit = any(drop.path.name == self.drop.file for drop in drops)
        return {} if hit else {"pattern": series_pattern(self.drop.file)}

    def _by_headings(self, seen: list[TableSeen]) -> list[TableSeen]:
        """Tables that no file's name fits, given the file whose headings fit best."""
        missing = [table.table for table in seen if not table.origin]
        if not missing or self.connector != "files" or (self.drop and self.drop.file):
            return seen
        try:
            candidates = self._discovered()
        except IngestError:
            return seen
        found = {}
        for name in missing:
            family, _ = self.catalog.family(self.system, name)
            known = (
                {c.field.lower() for c in family.contracts[min(family.contracts)].columns}
                if family
                else set()
            )
            best = max(candidates, key=lambda c: _shared(c, known), default=None)
            if best is not None and _shared(best, known) >= 0.5:
                found[name] = self._of_system(name, dict(best.settings))
        return [found.get(table.table, table) for table in seen]

    def _discovered(self) -> tuple[Discovered, ...]:
        request = self.request("")
        if self.connector == "files" and self.drop is not None and self.drop.file is None:
            request = replace(request, settings={"pattern": "*", **request.settings})
        return registry.connector(self.connector).discover(request)

    def _own(self, found: Discovered) -> TableSeen:
        """A table of the tenant's own, with a contract drafted from its first rows."""
        from dagster_ingest.evolution.infer import infer

        seen, frame = self._read(found.table, dict(found.settings))
        schema = self.app.root / "schemas" / "contract.schema.json"
        folder = self.app.tenants_dir / self.tenant / "contracts"
        place = os.path.relpath(schema, folder) if schema.exists() else None
        if frame is None:
            return replace(seen, note="no rows, so no contract could be drafted")
        draft = infer(frame, tenant=self.tenant, table=found.table, origin=seen.origin)
        return replace(seen, draft=draft.text(place))

    def _read(self, table: str, more: Mapping[str, Any]) -> tuple[TableSeen, pl.DataFrame | None]:
        import polars as pl

        request = self.request(table, more)
        connector = registry.connector(self.connector)
        origin = ", ".join(connector.fingerprint(request).parts[:3]) or table
        read = connector.read(replace(request, sample=SAMPLE) if self.connector != "files" else request)
        counted = Counted(tuple(read.columns))
        frames, held = [], 0
        for batch in read.batches():
            counted.add(batch.frame)
            if held < SAMPLE:
                frames.append(batch.frame.head(SAMPLE - held))
                held += frames[-1].height
            if counted.rows >= MOST or (self.connector != "files" and held >= SAMPLE):
                break
        frame = pl.concat(frames, how="diagonal") if held else None
        kept = {key: value for key, value in more.items() if value != self._default(table).get(key)}
        seen = TableSeen(table, origin, counted.columns, counted.rows, values=counted.few(), settings=kept)
        return seen, frame

    def _default(self, table: str) -> dict[str, Any]:
        defaults = self.system.tables.get(table) or self.system.own_tables or TableDefaults()
        return filled(self.system.settings_for(defaults, self.connector), self.tenant, table)


class Counted:
    """Values of the columns that are always filled and hold few."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns, self.rows = columns, 0
        self._values: dict[str, set[str]] = {name: set() for name in columns}

    def add(self, frame: pl.DataFrame) -> None:
        self.rows += frame.height
        for name in list(self._values):
            found = self._values[name]
            cells = frame[name].str.strip_chars() if name in frame.columns else None
            if cells is None or cells.null_count() or (cells == "").any():
                del self._values[name]
                continue
            found.update(cells.unique().to_list())
            if len(found) > FEW:
                del self._values[name]

    def few(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(sorted(found)) for name, found in self._values.items() if found}


def _shared(found: Discovered, known: set[str]) -> float:
    """The share of a file's headings that the contract has."""
    columns = [naming.column_name(column.name).lower() for column in found.columns]
    return sum(column in known for column in columns) / len(columns) if columns else 0.0


def chosen(system: System) -> Iterator[str]:
    """Connectors that the system has settings for, the likeliest first."""
    if system.own_tables is not None or any(t.settings for t in system.tables.values()):
        yield "files"
    yield from dict.fromkeys([*system.connectors, *(c for t in system.tables.values() for c in t.connectors)])
