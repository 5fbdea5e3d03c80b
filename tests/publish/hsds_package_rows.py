"""Rows of every HSDS entity that changes at random, each time into rows that hold together."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from dagster_ingest import naming
from dagster_ingest.hsds import entities
from dagster_ingest.hsds.descriptor import foreign_keys, required_fields
from dagster_ingest.testing.stage_sample import every_entity

Rows = dict[str, list[dict[str, Any]]]
LINKS = {"attribute": ("link_id", "link_entity"), "metadata": ("resource_id", "resource_type")}
TOKEN = "tok3n"  # before a number: a text that stands in one place only


class Changing:
    """rows: as they are now. lost: texts that were deleted or emptied by the last change."""

    def __init__(self, services: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self._numbers = count()
        self.rows: Rows = {name: [] for name in entities()} | every_entity(services, seed)
        self.lost: set[str] = set()
        for row in self.rows["service"]:
            self._complete(row["id"])
        for name in entities():
            for row in self.rows[name]:
                self._say(name, row)

    def change(self) -> None:
        """One to six steps."""
        before = dict(self._texts())
        steps = [self._edit, self._empty, self._add, self._move, self._delete, self._replace, self._bereave]
        for _ in range(self.chance.randint(1, 6)):
            self.chance.choice(steps)()
        now = dict(self._texts())
        self.lost = {
            text for place, text in before.items() if now.get(place) is None and text not in now.values()
        }

    def _complete(self, service: str) -> None:
        """Entities that the sample does not have, and links that it leaves empty."""
        unit = self._new("unit", name="Bed")
        self._new("service_capacity", service_id=service, unit_id=unit, available=3.0, updated="2025-06-09")
        self._new("funding", service_id=service, source="County")
        contact = self._new("contact", service_id=service, name="Ann")
        self._new("phone", contact_id=contact, number="555-0102")
        self._new("meta_table_description", name="services", language="en")
        row = next(r for r in self.rows["service"] if r["id"] == service)
        programs = [p for p in self.rows["program"] if p["organization_id"] == row["organization_id"]]
        row["program_id"] = self.chance.choice(programs)["id"]
        for name in ("phone", "schedule", "contact", "language"):
            place = self.chance.choice(self.rows["location"])["id"]
            self._new(name, location_id=place, number="555-0103", name="Spanish")
        about = self.chance.choice(self.rows["phone"])["id"]
        self._new(
            "attribute",
            link_id=about,
            link_entity="phone",
            value="quiet",
            taxonomy_term_id=self.chance.choice(self.rows["taxonomy_term"])["id"],
        )

    def _new(self, entity: str, **values: Any) -> str:
        known = {field.name for field in entities()[entity].fields}
        row = {key: value for key, value in values.items() if key in known}
        row["id"] = naming.hsds_id("sample", "made", entity, str(next(self._numbers)))
        self.rows[entity].append(row)
        return row["id"]

    def _any(self) -> tuple[str, dict[str, Any]]:
        name = self.chance.choice([name for name in entities() if self.rows[name]])
        return name, self.chance.choice(self.rows[name])

    def _plain(self, name: str) -> list[str]:
        """Columns of text that point nowhere."""
        linked = {column for column, _ in foreign_keys(entities()[name])} | set(LINKS.get(name, ()))
        return [
            field.name
            for field in entities()[name].fields
            if field.type == "string" and not field.enum and field.name not in linked | {"id"}
        ]

    def _say(self, name: str, row: dict[str, Any]) -> None:
        if columns := self._plain(name):
            row[self.chance.choice(columns)] = f'{TOKEN}{next(self._numbers)}é\n"x"'

    def _edit(self) -> None:
        self._say(*self._any())

    def _empty(self) -> None:
        name, row = self._any()
        free = [c for c in self._plain(name) if c not in required_fields(entities()[name])]
        for column in free[:3]:
            row[column] = None

    def _add(self) -> None:
        name, row = self._any()
        made = {**row, "id": naming.hsds_id("sample", "made", name, str(next(self._numbers)))}
        for column in self._plain(name):
            if TOKEN in str(made.get(column)):
                made[column] = "again"
        self.rows[name].append(made)
        self._say(name, made)

    def _move(self) -> None:
        """A row points to another, or to none."""
        name, row = self._any()
        columns = [(c, t) for c, t in foreign_keys(entities()[name]) if self.rows[t]]
        if name in LINKS:
            owner, kind = LINKS[name]
            row[kind], found = self._any()
            row[owner] = found["id"]
        elif columns:
            column, target = self.chance.choice(columns)
            free = column not in required_fields(entities()[name]) and self.chance.random() < 0.3
            row[column] = None if free else self.chance.choice(self.rows[target])["id"]

    def _delete(self) -> None:
        name, row = self._any()
        if len(self.rows[name]) > 3:
            self._drop(name, row["id"])

    def _replace(self) -> None:
        """A row gets another id, and what pointed to it follows."""
        name, row = self._any()
        made = {**row, "id": naming.hsds_id("sample", "made", name, str(next(self._numbers)))}
        self.rows[name].append(made)
        for other in entities():
            columns = [column for column, target in foreign_keys(entities()[other]) if target == name]
            if other in LINKS and self.chance.random() < 0.5:
                columns.append(LINKS[other][0])
            for each in self.rows[other]:
                each.update({column: made["id"] for column in columns if each.get(column) == row["id"]})
        self._drop(name, row["id"])

    def _bereave(self) -> None:
        """A row loses one of its own, and has another text beside."""
        pointing = [
            (name, row, column, target)
            for name in entities()
            for column, target in foreign_keys(entities()[name])
            for row in self.rows[name]
            if row.get(column) and len(self.rows[name]) > 3
        ]
        name, row, column, target = self.chance.choice(pointing)
        self._say(target, next(each for each in self.rows[target] if each["id"] == row[column]))
        self._drop(name, row["id"])

    def _drop(self, name: str, key: str) -> None:
        """With what cannot be without it. Links of attributes may be left to hang."""
        self.rows[name] = [row for row in self.rows[name] if row["id"] != key]
        for other in entities():
            for column, target in foreign_keys(entities()[other]):
                for row in [r for r in self.rows[other] if target == name and r.get(column) == key]:
                    if column in required_fields(entities()[other]):
                        self._drop(other, row["id"])
                    else:
                        row[column] = None
        for other, (owner, _) in LINKS.items():
            for row in [r for r in self.rows[other] if r.get(owner) == key]:
                if self.chance.random() < 0.8:
                    self._drop(other, row["id"])

    def _texts(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        for name, rows in self.rows.items():
            for row in rows:
                for column, value in row.items():
                    if TOKEN in str(value):
                        yield (name, row["id"], column), value


def remaining(before: Rows, after: Rows) -> Rows | None:
    """What may be kept of `before` once `after` is shown, row by row as the rules say. None: all of it."""
    old, new = _by_id(before), _by_id(after)
    bereft = {
        place
        for name, rows in old.items()
        for key, row in rows.items()
        if key not in new[name]
        for place in _pointing(name, row)
    }
    left = {
        name: {
            key: _kept(row, new[name][key], (name, key) in bereft)
            for key, row in rows.items()
            if key in new[name]
        }
        for name, rows in old.items()
    }
    if left == old:
        return None
    while True:
        whole = {
            name: {k: r for k, row in rows.items() if (r := _whole(name, row, left, old, new)) is not None}
            for name, rows in left.items()
        }
        if whole == left:
            return {name: list(rows.values()) for name, rows in left.items()}
        left = whole


def _by_id(rows: Rows) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows as they are published: a blank is no value."""
    return {
        name: {row["id"]: {c: v for c, v in row.items() if v is not None and str(v).strip()} for row in some}
        for name, some in rows.items()
    }


def _pointing(name: str, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for column, target in foreign_keys(entities()[name]):
        if column in row:
            yield target, row[column]
    if name in LINKS:
        owner, kind = LINKS[name]
        yield row[kind], row[owner]


def _kept(row: dict[str, Any], now: dict[str, Any], bereft: bool) -> dict[str, Any]:
    return now if bereft or row.keys() - now.keys() else row


def _whole(name: str, row: dict[str, Any], left, old, new) -> dict[str, Any] | None:
    """Without what points to a row that is not left; None where it cannot be without."""
    entity = entities()[name]
    dangling = {c for c, target in foreign_keys(entity) if c in row and row[c] not in left[target]}
    if dangling & set(required_fields(entity)):
        return None
    if name in LINKS:
        owner, kind = LINKS[name]
        known = {*old.get(row[kind], ()), *new.get(row[kind], ())}
        if row[owner] in known and row[owner] not in left[row[kind]]:
            return None
    return {column: value for column, value in row.items() if column not in dangling}
