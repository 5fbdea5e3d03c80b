"""A tenant whose stage is made by hand, so that what comes after it can be run in a moment."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from dagster_ingest import hsds
from dagster_ingest.assets import keys
from dagster_ingest.assets.enhance import enhanced_assets
from dagster_ingest.assets.gate import Gate, gate
from dagster_ingest.assets.history import Checked, Materialized, last_check, last_materialized
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.readers import reader_assets, stage_partition
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.publish.base import StagePartition
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.transform.versions import inputs_digest

ROOT = Path(__file__).parents[2]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
RECORD = ("id", "service_id", "service_at_location_id", "location_id", "organization_id", "display_name",
          "location_type", "address_1", "fees", "schedule", "accessibility")  # fmt: skip
TRANSLATION = ("translation_id", "entity", "id", "field", "locale", "text")
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass
class Shop:
    """The tenant gulf (FL, AL). `enhance` is the YAML of what it asks for."""

    settings: Settings
    instance: dg.DagsterInstance

    def asks(self, enhance: str, **more: str) -> None:
        path = self.settings.tenants_dir / "gulf" / "tenant.yaml"
        lines = (ROOT / "tenants" / "gulf" / "tenant.yaml").read_text().split("\n")
        start = next(i for i, line in enumerate(lines) if line.startswith("enhance:"))
        end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith(" "))
        extra = [f"{name}: {value}" for name, value in more.items()]
        path.write_text("\n".join([*lines[:start], f"enhance: {enhance}", *extra, *lines[end:]]))

    @property
    def platform(self) -> TenantPlatform:
        [spec] = load_tenants(self.settings).tenants
        return TenantPlatform(self.settings, spec)

    def stage(self, rows: Rows, state: str = "FL") -> None:
        """Make these rows the state's stage, with the versions that dbt's steps would have recorded."""
        platform = self.platform
        made = [node for node in platform.graph.nodes.values() if node.layer != "enhanced"]
        import duckdb

        with platform.landing.exclusive() as path, duckdb.connect(str(path)) as file:
            file.execute("create schema if not exists stage")
            for node in [node for node in made if node.layer == "stage"]:
                frame = _frame(node.table, rows.get(node.table, ())).with_columns(_state=pl.lit(state))
                file.register("incoming", frame.to_arrow())
                file.execute(f"create table if not exists stage.{node.table} as from incoming limit 0")
                file.execute(f"delete from stage.{node.table} where _state = ?", [state])
                file.execute(f"insert into stage.{node.table} by name from incoming")
        names = [node.name for node in made if node.layer == "stage"]
        contents = platform.landing.content_versions(names, state)
        versions: dict[tuple[str, str], PartitionVersion] = {}
        for node in made:
            data, count = contents.get(node.name, ("as ever", 0))
            version = PartitionVersion(node.layer, node.table, state, "L", data, "", count, 0, "2026-03-10")
            inputs = inputs_digest(node, platform.variables, versions)
            versions[node.name] = replace(version, inputs=inputs)
        platform.landing.record(list(versions.values()))

    def enhance(self, state: str = "FL") -> bool:
        """Run the enhancements; whether all went well."""
        platform = self.platform
        return self._run(enhanced_assets(platform, _states(platform)), state)

    def publish(self, state: str = "FL") -> bool:
        platform = self.platform
        targets = platform.spec.model.publish
        return self._run([reader_assets(platform, t, _states(platform)) for t in targets], state)

    def _run(self, assets: list[dg.AssetsDefinition], state: str) -> bool:
        done = dg.materialize(
            assets, partition_key=state, instance=self.instance, run_config=QUIET, raise_on_error=False
        )
        return done.success

    def rows(self, table: str, state: str = "FL") -> dict[str, dict[str, Any]]:
        """Enhanced rows by id."""
        found = pl.DataFrame(pl.from_arrow(self.platform.landing.read("enhanced", table, state)))
        return {row["id"]: row for row in found.iter_rows(named=True)}

    def gate(self, state: str = "FL") -> Gate:
        return gate(self.instance, self.platform, state)

    def partition(self, state: str = "FL") -> StagePartition:
        """What a reader is given."""
        platform = self.platform
        return stage_partition(platform, state, self.gate(state), platform.spec.model.publish[0])

    def shown(self, table: str, state: str = "FL") -> dict[str, dict[str, Any]]:
        """Rows by id of a table as a reader is given it."""
        return {row["id"]: row for row in self.partition(state).table(table).to_pylist()}

    def event(self, table: str, state: str = "FL", layer: str = "enhanced") -> Materialized | None:
        return last_materialized(self.instance, keys.asset_key("gulf", layer, table), state)

    def check(self, table: str, name: str, state: str = "FL") -> Checked | None:
        key = dg.AssetCheckKey(keys.asset_key("gulf", "enhanced", table), name)
        return last_check(self.instance, key, state)

    def package(self, state: str = "FL") -> bytes:
        """Every byte of the published package."""
        folder = self.settings.published / "gulf" / state / "hsds_package"
        return b"".join(path.read_bytes() for path in sorted(folder.resolve().iterdir()))


def installed(folder: Path, parsed: Path, instance: dg.DagsterInstance) -> Shop:
    shutil.copytree(ROOT / "tenants" / "gulf", folder / "tenants" / "gulf")
    shutil.copytree(parsed, folder / "home" / "target")
    home, tenants = folder / "home", folder / "tenants"
    return Shop(Settings.load(root=ROOT, home=home, tenants_dir=tenants, tenants=()), instance)


def town(
    *places: Mapping[str, Any], areas: Sequence[Mapping[str, Any]] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Stage rows of locations, each with an address, a service and a search record.

    places  key; street (None: withheld, as dbt_elt leaves it); point (lat, lon)
    """
    rows: dict[str, list[dict[str, Any]]] = {
        "organization": [{"id": "org", "name": "Helping Hands", "description": "Helps"}],
        "service_area": [{"service_id": f"s-{places[0]['key']}", **area} for area in areas],
    }
    for place in places:
        for entity, row in _place(**place).items():
            rows.setdefault(entity, []).append(row)
    return rows


def _place(key: str, street: str | None, point: tuple[float, float] | None = None, **more: Any):
    lat, lon = point or (None, None)
    kind = "physical" if street else "virtual"
    where = {"latitude": lat, "longitude": lon, "location_type": kind}
    links = {"service_id": f"s-{key}", "location_id": f"l-{key}"}
    town = {"city": "Tampa", "state_province": "FL", "postal_code": "33602", "country": "US"}
    address = {"id": f"a-{key}", "location_id": f"l-{key}", "address_type": "physical", "address_1": street}
    record = {"id": f"r-{key}", "service_at_location_id": f"sal-{key}", "organization_id": "org",
              "display_name": f"Food at {key}", "address_1": street}  # fmt: skip
    found: dict[str, dict[str, Any]] = {
        "location": {"id": f"l-{key}", "organization_id": "org", "name": f"Site {key}", **where},
        "service": {"id": f"s-{key}", "organization_id": "org", "name": f"Food {key}", "status": "active"},
        "service_at_location": {"id": f"sal-{key}", **links},
        "search_record": {**record, **links, **where},
    }
    return found | ({"address": address | town | more} if street else {})


def _frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    entity = hsds.entities().get(table)
    kinds = {"number": pl.Float64(), "date": pl.Date(), "datetime": pl.Datetime("us")}
    if entity is not None:
        schema = {field.name: kinds.get(field.type, pl.String()) for field in entity.fields}
    elif table == "translation":
        schema = dict.fromkeys(TRANSLATION, pl.String())
    else:
        schema = {**dict.fromkeys(RECORD, pl.String()), "latitude": pl.Float64(), "longitude": pl.Float64()}
    whole = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(whole, schema=schema)


def _states(platform: TenantPlatform) -> dg.StaticPartitionsDefinition:
    return dg.StaticPartitionsDefinition(list(platform.spec.states))
