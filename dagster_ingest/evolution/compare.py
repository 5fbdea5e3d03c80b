"""Two trees of contracts against each other: what changed, whom it reaches, which version it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dagster_ingest.errors import SpecError
from dagster_ingest.evolution import steps
from dagster_ingest.evolution.change import Change, change
from dagster_ingest.evolution.changes import changes
from dagster_ingest.evolution.classify import Step, largest
from dagster_ingest.evolution.compared import Compared, Comparison
from dagster_ingest.evolution.revision import Pair
from dagster_ingest.evolution.snapshot import (
    Document,
    InForce,
    Place,
    Snapshot,
    snapshot,
    version_line,
    version_told,
)
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.odcs import read_contract

_SHOWN = 20


def compare(pair: Pair, against: str) -> Compared:
    """Every contract that differs. Raises SpecError where the working tree's specs are not valid."""
    if pair.tenants is not None and not pair.tenants:
        return Compared(against, pair.commit, ())
    new = snapshot(pair.new, pair.tenants)
    if problems := new.problems():
        told = "\n".join(map(str, problems[:_SHOWN]))
        more = f"\nand {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        fix = "`dagster-ingest validate` says all of it"
        raise SpecError(told + more, not_done="changes were not classified", fix=fix)
    old = snapshot(pair.old, pair.tenants)
    work = _Work(old, new)
    found = [*work.documents(), *work.in_force(), *work.tenants()]
    found = [c for c in found if c.changes or c.problem]
    notes = tuple(_notes(old, against))
    return Compared(against, pair.commit, tuple(found), notes, new.specs, old.specs)


@dataclass(slots=True)
class _Work:
    """reached: places of a system's contract whose own changes are no more than the document's."""

    old: Snapshot
    new: Snapshot
    reached: dict[Document, list[Place]] = field(default_factory=dict)
    shared: dict[Document, frozenset[Change]] = field(default_factory=dict)

    def documents(self) -> Iterator[Comparison]:
        """The systems' contracts."""
        for place, found in self.new.in_force.items():
            if found.document:
                self.reached.setdefault(found.document, []).append(place)
        for key, contract in self.new.documents.items():
            before = self.old.documents.get(key)
            if before is not None:
                yield self._same(key, before, contract)
            elif not self.old.readable(key):
                yield from self._by_file(_title(key), contract, self._places(key))
            else:
                yield self._new_major(key, contract)
        for key, contract in self.old.documents.items():
            if key not in self.new.documents:
                places = tuple(p for p, f in self.old.in_force.items() if f.document == key)
                yield self._one(_title(key), contract, None, (_gone(key.table, contract),), places)

    def in_force(self) -> Iterator[Comparison]:
        """What the tenants' tables are held to, where the systems' contracts do not tell it all."""
        for place, now in self.new.in_force.items():
            before = self.old.in_force.get(place)
            if before is None:
                yield from self._new_table(place, now)
                continue
            if self._as_shared(before, now):
                continue
            found = changes(before.contract, now.contract)
            if not self._told(before, now, found):
                pinned = _pinned(before, now)
                yield self._one(_name(place), before.contract, now.contract, found, (place,), pinned)
        for place, was in self.old.in_force.items():
            if place.tenant in self.new.tenants and place not in self.new.in_force:
                gone = _gone(place.table, was.contract)
                yield self._one(_name(place), was.contract, None, (gone,), (place,))

    def _new_table(self, place: Place, now: InForce) -> Iterator[Comparison]:
        if place.tenant in self.old.broken:
            if now.document is None:
                yield from self._by_file(_name(place), now.contract, (place,))
        elif place.tenant in self.old.tenants:
            came = change("table_added", place.table, after=now.contract.version)
            yield self._one(_name(place), None, now.contract, (came,), (place,))

    def _by_file(self, title: str, now: Contract, places: tuple[Place, ...]) -> Iterator[Comparison]:
        """A contract whose system or tenant did not load before is still a file that may have changed."""
        path = self.new.shown(now.file)
        file = self.old.root / path
        if not file.is_file():
            yield self._one(title, None, now, (change("unreadable", now.table),), places)
            return
        (old, _), (new, _) = (
            read_contract(tree.root / path, digest=False, table=now.table) for tree in (self.old, self.new)
        )
        if old is not None and new is not None:
            yield self._one(title, old, new, changes(old, new), places)
            return
        # What it asked is not known, so any of it may be gone.
        found, told = (change("unreadable", now.table),), version_told(file)
        problem, needed = _needed(told, now.version, "major") if told else (None, None)
        line = version_line(now) if problem else None
        yield Comparison(title, path, line, None, now, found, places, problem, needed)

    def tenants(self) -> Iterator[Comparison]:
        """Tenants that came or went."""
        for kind, names, tree in (
            ("tenant_added", self.new.tenants - self.old.tenants, self.new),
            ("tenant_removed", self.old.tenants - self.new.tenants - self.old.broken.keys(), self.old),
        ):
            for name in sorted(names):
                places = tuple(p for p in tree.in_force if p.tenant == name)
                file = f"tenants/{name}/tenant.yaml"
                yield Comparison(name, file, None, None, None, (change(kind, name),), places)

    def _same(self, key: Document, before: Contract, now: Contract) -> Comparison:
        found = changes(before, now)
        self.shared[key] = frozenset(found)
        return self._one(_title(key), before, now, found, self._places(key))

    def _new_major(self, key: Document, contract: Contract) -> Comparison:
        """A further major is held against the one before it, and a table's first against nothing."""
        earlier = [d for d in self.old.documents if d[:2] == key[:2] and d.major < key.major]
        if not earlier:
            came = change("table_added", key.table, after=contract.version)
            return self._one(_title(key), None, contract, (came,), self._places(key))
        before = self.old.documents[max(earlier)]
        return self._one(_title(key), before, contract, changes(before, contract), self._places(key))

    def _places(self, key: Document) -> tuple[Place, ...]:
        return tuple(self.reached.get(key, ()))

    def _as_shared(self, before: InForce, now: InForce) -> bool:
        """Whether the table is held to the system's contract as it is, then and now."""
        document = now.document
        return (
            document is not None
            and document == before.document
            and now.contract is self.new.documents.get(document)
            and before.contract is self.old.documents.get(document)
        )

    def _told(self, before: InForce, now: InForce, found: tuple[Change, ...]) -> bool:
        """Whether the comparison of the system's contract says all that is to be said of this one."""
        if before.document != now.document or now.document not in self.shared:
            return not found and before.contract.version == now.contract.version
        old, new = steps.parse(before.contract.version), steps.parse(now.contract.version)
        if old is None or new is None or old.own != new.own:
            return False
        return frozenset(found) <= self.shared[now.document]

    def _one(
        self,
        title: str,
        old: Contract | None,
        new: Contract | None,
        found: tuple[Change, ...],
        places: tuple[Place, ...],
        pinned: bool = False,
    ) -> Comparison:
        """pinned: the tenant's file says by itself that another major holds."""
        tree, contract = (self.new, new) if new is not None else (self.old, old)
        assert contract is not None
        size = largest([c.step for c in found])
        problem, needed = (None, None) if pinned else _version(old, new, size)
        line = version_line(contract) if problem else None
        file = tree.shown(contract.patch or contract.file)
        shared = not contract.patch and any(contract is c for c in tree.documents.values())
        return Comparison(title, file, line, old, new, found, places, problem, needed, shared)


def _version(old: Contract | None, new: Contract | None, step: Step) -> tuple[str | None, str | None]:
    """(problem, version that would do)."""
    if old is None or new is None or old.status == "draft":
        return None, None  # nobody relies on what is gone, new, or was a draft, which publishes nothing
    return _needed(old.version, new.version, step)


def _needed(old: str, new: str, step: Step) -> tuple[str | None, str | None]:
    before, after = steps.parse(old), steps.parse(new)
    if after is None:
        return f"{new!r} is no semantic version", "1.0.0"
    if before is None:
        return None, None  # the first sound version: there is nothing to step from
    problem = steps.problem(before, after, step)
    return problem, str(steps.needed(before, step if step != "none" else "patch")) if problem else None


def _pinned(before: InForce, now: InForce) -> bool:
    documents = before.document, now.document
    return None not in documents and documents[0] != documents[1]


def _gone(table: str, contract: Contract) -> Change:
    return change("table_removed", table, tuple(c.field for c in contract.columns), before=contract.version)


def _title(key: Document) -> str:
    return f"{key.system}/{key.table} {key.major}"


def _name(place: Place) -> str:
    return f"{place.tenant}/{place.source}/{place.table}"


def _notes(old: Snapshot, against: str) -> Iterator[str]:
    for (system, table), problems in old.unreadable.items():
        what = f"the contract of {system}/{table}" if table else f"the system {system}"
        yield f"at {against}, {what} was not sound: {problems[0].problem}"
    for tenant, problems in old.broken.items():
        what = f"the tenant {tenant}" if tenant else "some specs"
        yield f"at {against}, {what} did not load, so that nothing of it was compared: {problems[0].problem}"
