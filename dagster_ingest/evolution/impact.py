"""What hangs on a contract change: tables and columns, tenants and states, published stores, owners.

Models are traced as the working tree has them, with the choices of each tenant. Tenants for whom the
same models say the same are answered for once. What cannot be traced counts as affected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from dagster_ingest.errors import TransformError
from dagster_ingest.evolution.change import Change
from dagster_ingest.evolution.compared import Compared, Comparison
from dagster_ingest.evolution.snapshot import Place
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec

if TYPE_CHECKING:
    from dagster_ingest.transform.reach import Lineage, Reach

Table = tuple[str, str]
"""(layer, table)"""
Columns = tuple[tuple[str, str, tuple[str, ...]], ...]
"""(layer, table, columns)"""
Specs = Mapping[str, TenantSpec]


class Question(NamedTuple):
    """Columns of a contract that change together, where the contract is in force.

    columns  raw names; empty: the table as a whole
    """

    places: tuple[Place, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a published store is affected.

    fields  place in the store (a file, a table) to its fields that are made of the columns
    others  places where the columns decide over rows, or over which value is taken
    """

    reader: str
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Downstream:
    """What hangs on the columns for some tenants, the same for each of them.

    raw         raw tables with the columns
    tenants     tenant to its states
    owners      owners of these tenants
    values      columns that are made of them
    choices     columns of which they only decide which value is taken
    rows        tables whose rows they decide by the table's own SQL
    follows     tables whose rows hang on such rows, ids or choices
    unresolved  tables whose SQL was not understood; there every column was taken
    unknown     why nothing could be traced at all; then everything of the tenants counts as affected
    """

    raw: tuple[str, ...]
    tenants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    owners: tuple[str, ...] = ()
    values: Columns = ()
    choices: Columns = ()
    rows: tuple[Table, ...] = ()
    follows: tuple[Table, ...] = ()
    stores: tuple[Shown, ...] = ()
    unresolved: tuple[Table, ...] = ()
    unknown: str | None = None

    @property
    def unread(self) -> bool:
        """Whether no model reads the columns at all."""
        return not (self.values or self.choices or self.rows or self.follows or self.unknown)


@dataclass(frozen=True, slots=True)
class Impact:
    """Breaking changes of one contract that concern the same columns, and what hangs on these."""

    comparison: Comparison
    changes: tuple[Change, ...]
    columns: tuple[str, ...]
    parts: tuple[Downstream, ...]

    @property
    def owner(self) -> str | None:
        """Who answers for the contract."""
        contract = self.comparison.new or self.comparison.old
        return contract.owner if contract else None


def impacts(settings: Settings, compared: Compared, specs: Specs, before: Specs) -> tuple[Impact, ...]:
    """The impact of every breaking change.

    specs, before  tenants of the working tree and of the revision; what is gone is looked up there
    """
    found = []
    groups = [(one, columns, together) for one in compared.breaking for columns, together in _together(one)]
    questions = [Question(one.reaches, columns) for one, columns, _ in groups]
    answers = downstream(settings, questions, specs, before)
    for (one, columns, together), parts in zip(groups, answers, strict=True):
        found.append(Impact(one, together, columns, parts))
    return tuple(found)


def downstream(
    settings: Settings, questions: Sequence[Question], specs: Specs, before: Specs | None = None
) -> list[tuple[Downstream, ...]]:
    """For each question what hangs on its columns, for each group of tenants that fare the same."""
    work = _Work(settings, specs, before or {}, _extra(questions))
    return [work.answer(question) for question in questions]


def _together(comparison: Comparison) -> list[tuple[tuple[str, ...], tuple[Change, ...]]]:
    """The breaking changes by the columns that they concern. A removed table takes all of them along."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for each in comparison.breaking:
        whole = each.kind in ("table_removed", "tenant_removed")
        found.setdefault(() if whole else _with_new_name(each), []).append(each)
    return [(columns, tuple(changes)) for columns, changes in found.items()]


def _with_new_name(change: Change) -> tuple[str, ...]:
    """A renamed column counts under both names: the models may know either."""
    if change.kind == "column_renamed" and change.after:
        return (*change.columns, change.after)
    return change.columns


def _extra(questions: Iterable[Question]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Tenant to raw relation to the columns asked for: the contract may not have them any more."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for question in questions:
        for place in question.places:
            relations = found.setdefault(place.tenant, {})
            known = relations.get(place.raw, ())
            relations[place.raw] = tuple(dict.fromkeys((*known, *question.columns)))
    return found


@dataclass(slots=True)
class _Work:
    """Answers questions. Lineages are kept by what was compiled for them."""

    settings: Settings
    specs: Specs
    before: Specs
    extra: Mapping[str, Mapping[str, tuple[str, ...]]]
    lineages: dict[tuple[str, ...], Lineage] = field(default_factory=dict)

    def answer(self, question: Question) -> tuple[Downstream, ...]:
        tenants: dict[str, list[Place]] = {}
        for place in question.places:
            tenants.setdefault(place.tenant, []).append(place)
        alike: dict[Downstream, list[str]] = {}
        for name, places in tenants.items():
            alike.setdefault(self._one(name, places, question.columns), []).append(name)
        return tuple(self._of(part, names) for part, names in alike.items())

    def _of(self, part: Downstream, names: Sequence[str]) -> Downstream:
        known = [(name, self.specs.get(name) or self.before.get(name)) for name in names]
        owners = dict.fromkeys(owner for _, spec in known if spec for owner in spec.model.owners)
        states = tuple((name, spec.states if spec else ()) for name, spec in known)
        return replace(part, tenants=states, owners=tuple(owners))

    def _one(self, tenant: str, places: Sequence[Place], columns: tuple[str, ...]) -> Downstream:
        raw = tuple(sorted(place.raw for place in places))
        # As the tenant is; as it was where it, or one of its tables, is gone.
        specs = [spec for spec in (self.specs.get(tenant), self.before.get(tenant)) if spec is not None]
        spec = next((spec for spec in specs if all(_has(spec, place) for place in places)), None)
        if spec is None:
            return Downstream(raw, unknown="the tenant's spec is not there to look into")
        try:
            lineage = self._lineage(spec)
        except TransformError as error:
            stores = tuple(Shown(target.reader, (), ("everything",)) for target in spec.model.publish)
            return Downstream(raw, stores=stores, unknown=error.problem)
        from dagster_ingest.transform.reach import union

        reach = union(lineage.downstream(("raw", place.raw), columns or None) for place in places)
        return Downstream(
            raw,
            values=_listed(reach.columns, "value"),
            choices=_listed(reach.columns, "choice"),
            rows=tuple(sorted(reach.rows)),
            follows=tuple(sorted(reach.follows)),
            stores=_stores(spec, reach, lineage),
            unresolved=tuple(sorted(t for t in reach.tables if lineage.tables[t].unresolved)),
        )

    def _lineage(self, spec: TenantSpec) -> Lineage:
        """The tenant's lineage. Raises TransformError where the dbt projects cannot be read."""
        from dagster_ingest.land.empty import empty_tables
        from dagster_ingest.transform.compiled import model_lineage
        from dagster_ingest.transform.reach import Lineage
        from dagster_ingest.transform.shapes import tenant_shapes

        shapes = tenant_shapes(self.settings, spec, self.extra.get(spec.name))
        key = tuple(shape.digest for shape in shapes)
        if key not in self.lineages:
            self.lineages[key] = Lineage(model_lineage(self.settings, shapes, empty_tables))
        return self.lineages[key]


def _has(spec: TenantSpec, place: Place) -> bool:
    return any(place.raw == table.raw for source in spec.sources for table in source.tables)


def _listed(
    columns: Mapping[Table, Mapping[str, str]], way: str
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    found = []
    for (layer, table), ways in sorted(columns.items()):
        named = tuple(sorted(n for n, of in ways.items() if of == way and not n.startswith("_")))
        if named:
            found.append((layer, table, named))
    return tuple(found)


def _stores(spec: TenantSpec, reach: Reach, lineage: Lineage) -> tuple[Shown, ...]:
    from dagster_ingest.publish.shown import shown

    found = []
    for target in spec.model.publish:
        fields: dict[str, tuple[str, ...]] = {}
        others: set[str] = set()
        for table in sorted(t for t in reach.tables if t[0] == "stage"):
            ways = reach.columns.get(table, {})
            made = sorted(name for name, way in ways.items() if way == "value")
            for place, names in shown(target.reader, table[1], made).items():
                fields[place] = (*fields.get(place, ()), *names)
            if table in reach.rows | reach.follows or len(made) < len(ways):
                others |= shown(target.reader, table[1], lineage.tables[table].columns).keys()
        if fields or others:
            found.append(
                Shown(target.reader, tuple(sorted(fields.items())), tuple(sorted(others - fields.keys())))
            )
    return tuple(found)
