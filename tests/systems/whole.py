"""One tenant with a source of every system, from the vendors' bytes to its published package: nothing on the
way is replaced."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dagster_ingest.assets import runner
from dagster_ingest.assets.task import Task
from dagster_ingest.hsds import entities
from dagster_ingest.settings import Settings
from dagster_ingest.testing.canaries import find_tokens
from tests.e2e.conftest import forget_definitions

ROOT = Path(__file__).parents[2]
TENANT, STATE = "acme", "IA"
SPEC = """\
tenant: acme
display_name: Acme 211
owners: [team:acme]
cost: {cost_center: cc-1}
states: [IA]
sources:
SOURCES
freshness: {warn: 26h, fail: 36h}
schedule: {cron: "15 3 * * *", timezone: America/Chicago}
publish:
  - reader: hsds_package
"""
# What may hold private values: what was delivered, and what was landed as it came or kept to read on from.
VERBATIM = ("drops", "work")
Tables = Mapping[str, Sequence[tuple[str, ...]]]


def spec(sources: Mapping[str, str]) -> str:
    """`sources`: further YAML of each system's source, which bears the system's name."""
    lines = []
    for system, more in sources.items():
        told = ["system: " + system, "state: {by: whole}", *more.splitlines()]
        lines += [f"  {system}:", *(f"    {line}" for line in told)]
    return SPEC.replace("SOURCES", "\n".join(lines))


@dataclass
class Whole:
    """An installation of the tenant in `folder`. `parsed`: the dbt projects, parsed."""

    folder: Path
    parsed: Path
    sources: Mapping[str, str]
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        path = self.folder / "tenants" / TENANT / "tenant.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(spec(self.sources))
        shutil.copytree(self.parsed, self.folder / "home" / "target")
        self.settings = Settings.load(
            root=ROOT, home=self.folder / "home", tenants_dir=self.folder / "tenants", tenants=()
        )

    def variables(self) -> dict[str, str]:
        return {**self.settings.environment(), "DAGSTER_HOME": str(self.settings.home / "dagster")}

    def deliver(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.settings.drops / TENANT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def publish(self) -> None:
        """Load, transform and publish. Fails where anything fails, or nothing was published."""
        for side in ("writers", "readers"):
            forget_definitions()
            outcome = runner.execute(Task(TENANT, STATE, side), self.settings)  # type: ignore[arg-type]
            assert outcome.success, (outcome.errors, outcome.failed_checks)
            assert not outcome.failed_checks, outcome.failed_checks
            assert outcome.run_id is not None, outcome.held

    def published(self, columns: Mapping[str, Sequence[str]]) -> dict[str, dict[str, list[tuple[str, ...]]]]:
        """System to entity to the published rows in these columns, sorted. Ids read `@table/id there`."""
        made_from = self._made_from()
        found: dict[str, dict[str, list[tuple[str, ...]]]] = {system: {} for system in self.sources}
        for entity, wanted in columns.items():
            for rows in found.values():
                rows[entity] = []
            path = self.settings.published / TENANT / STATE / "hsds_package" / entities()[entity].csv
            with open(path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    system, _ = made_from[row["id"]]
                    told = tuple(made_from.get(row[c], ("", row[c]))[1] for c in wanted)
                    found[system][entity].append(told)
        return {system: {e: sorted(rows) for e, rows in tables.items()} for system, tables in found.items()}

    def hits(self, tokens: Iterable[str]) -> list[tuple[str, str]]:
        """(token, file) in every byte that is written, apart from what is verbatim."""
        home = self.settings.home
        found = [(token, str(Path(path).relative_to(home))) for token, path in find_tokens(home, tokens)]
        return [(token, path) for token, path in found if not _verbatim(path)]

    def _made_from(self) -> dict[str, tuple[str, str]]:
        """HSDS id to its system and what it was made from."""
        import duckdb

        found: dict[str, tuple[str, str]] = {}
        with duckdb.connect(str(self.settings.warehouse / f"{TENANT}.duckdb"), read_only=True) as store:
            tables = store.execute(
                "select table_name from information_schema.columns"
                " where table_schema = 'elt' and column_name = '_source_id'"
            ).fetchall()
            for (table,) in tables:
                for made, system, kind, number in store.execute(
                    f'select id, _system, _source_table, _source_id from elt."{table}"'
                ).fetchall():
                    found[made] = (system, f"@{kind}/{number}")
        return found


def _verbatim(path: str) -> bool:
    raw = path.startswith("warehouse/") and ("/raw/" in path or "!raw." in path or "!quarantine" in path)
    return raw or path.split("/")[0] in VERBATIM
