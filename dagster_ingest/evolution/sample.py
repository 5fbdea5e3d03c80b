"""A sample of a table that may have no contract yet: from its source's delivery, or from the raw layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dagster_ingest import naming
from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import SpecError, among
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.request import filled as filled_for
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.binding import filled
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.models import Source, TableOptions, Tenant
from dagster_ingest.spec.system import TableDefaults
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Sample:
    """frame: text columns under the source's headings. origin: where from, in words."""

    frame: pl.DataFrame
    origin: str
    malformed: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A source of a tenant, read from the tenant file alone: its tables need no contracts."""

    settings: Settings
    tenant: Tenant
    name: str
    source: Source

    def table(self, name: str) -> str:
        """What the source calls the table, given that name or the one of the raw layer."""
        raw = {naming.table_name(self.name, table): table for table in self.source.tables}
        return raw.get(name, name)

    def state(self, asked: str | None) -> str:
        states = self.tenant.states
        if asked is not None and asked not in states:
            raise _unknown(
                f"the tenant does not have the state {asked!r}", self.tenant.tenant, asked.upper(), states
            )
        return asked or states[0]


def place(settings: Settings, tenant: str, source: str | None) -> Place:
    """The source, or the only one. SpecError with what there is."""
    folder = settings.tenants_dir / tenant
    if not naming.is_name(tenant) or not folder.is_dir():
        known = [p.parent.name for p in settings.tenants_dir.glob("*/tenant.yaml")]
        raise _unknown(f"there is no tenant {tenant!r}", str(settings.tenants_dir), tenant, known)
    try:
        model = Tenant.model_validate(YamlFile(folder / "tenant.yaml").data)
    except YamlError as error:
        raise SpecError(str(error), not_done="nothing was inferred") from error
    except ValidationError as error:
        fix = f"dagster-ingest validate --tenant {tenant}"
        problem = f"{error.error_count()} things are wrong with the tenant file"
        raise SpecError(
            problem, where=str(folder / "tenant.yaml"), not_done="nothing was inferred", fix=fix
        ) from error
    names = list(model.sources)
    name = source or names[0]
    if name not in names or (source is None and len(names) > 1):
        problem = f"there is no source {name!r}" if source else "the tenant has several sources"
        raise _unknown(problem, tenant, source or "", names, "name one with --source:")
    return Place(settings, model, name, model.sources[name])


def delivered(at: Place, table: str, state: str, rows: int, file: str | None) -> Sample:
    """The first rows of what the source's connector reads for the table. `file`: read that one instead."""
    import polars as pl

    request = replace(request_of(at, table, state, file), sample=rows)
    connector = registry.connector(at.source.connector)
    parts = connector.fingerprint(request).parts
    frames, held, malformed = [], 0, 0
    for batch in connector.read(request).batches():
        frames.append(batch.frame.head(rows - held))
        held += frames[-1].height
        malformed += len(batch.malformed)
        if held >= rows:
            break
    frame = pl.concat(frames, how="diagonal") if frames else pl.DataFrame()
    return Sample(frame, ", ".join(parts[:3]) or table, malformed)


def landed(at: Place, table: str, state: str, rows: int) -> Sample:
    """Rows of the committed raw partition. Its headings are raw names."""
    landing = DuckDBLanding(at.settings.warehouse, at.tenant.tenant)
    name = naming.table_name(at.name, table)
    with landing.shared():
        found = landing.scan(name, state)
        frame = found.head(rows).collect() if found is not None else None
    if frame is None:
        raise SpecError(
            f"nothing of {name} has been committed in {state}",
            where=at.tenant.tenant,
            not_done="nothing was inferred",
            fix="leave --raw out to read the source's delivery",
        )
    own = [c for c in frame.columns if c not in naming.SYSTEM_COLUMNS]
    own = [c for c in own if not (c.endswith("_json") and c.removesuffix("_json") in own)]
    return Sample(frame.select(own), f"raw.{name} in {state}")


def request_of(at: Place, table: str, state: str, file: str | None = None) -> ReadRequest:
    """What the source's connector is asked for the table; "" means the source as a whole."""
    tenant = at.tenant.tenant
    system, problems = _system(at)
    if system is None:
        raise SpecError("\n".join(map(str, problems)), not_done="nothing was inferred")
    defaults: TableDefaults = system.tables.get(table) or system.own_tables or TableDefaults()
    options = at.source.tables.get(table) or TableOptions()
    merged: dict[str, Any] = {
        **system.settings_for(defaults, at.source.connector),
        **at.source.settings,
        **options.settings,
    }
    allowed = at.settings.drops / tenant
    if file is not None:
        local = Path(file)
        if local.is_file():
            allowed = local.resolve().parent
            merged |= {"path": ".", "pattern": escape(local.name)}
        else:
            head, _, tail = file.rpartition("/")
            merged |= {"pattern": tail, **({"path": head} if head else {})}
    settings = filled_for(filled(merged, tenant, table), {"state": state.lower(), "STATE": state})
    request = ReadRequest(tenant, at.name, table, state, settings, str(allowed))
    return Around.of(at.settings, tenant).equip(request)


def _system(at: Place):
    catalog = Catalog.of(at.settings.root, digest=False)
    if at.source.system not in catalog.folders:
        raise _unknown(
            f"there is no system {at.source.system!r}", at.name, at.source.system, list(catalog.folders)
        )
    return catalog.system(at.source.system)


def _unknown(problem: str, where: str, value: str, known: list[str], fix: str = "use one of") -> SpecError:
    return SpecError(problem, where=where, not_done="nothing was inferred", fix=among(value, known, fix))
