"""An API of HSDS 3.x on loopback, made from the rows of HSDS tables.

with FakeServer() as server:
    api = HsdsApi(tables).mount(server)
    ... read server.url + api.base ...
    api.tables = tables_of_the_next_day
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dagster_ingest.hsds import Child, Entity, entities
from dagster_ingest.testing.http import Answer, Asked, FakeServer

Row = Mapping[str, Any]
LISTS = {
    "organizations": "organization",
    "programs": "program",
    "services": "service",
    "locations": "location",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
_LINKS = {"attribute": ("link_id", "link_entity"), "metadata": ("resource_id", "resource_type")}
# A record inside another comes without what would repeat the other.
_INSIDE = {"organization": {"locations", "programs"}}


@dataclass
class HsdsApi:
    """tables: entity to rows, values as in the tabular form; a missing or blank value is absent in JSON.

    modified_after  whether `/services` heeds it; many servers do not know it
    most            records of a page at most, whatever is asked for
    """

    tables: Mapping[str, Sequence[Row]]
    base: str = "/api/v3"
    modified_after: bool = True
    most: int = 100

    def mount(self, server: FakeServer) -> HsdsApi:
        server.route(f"{self.base}/", self.about)
        for name in LISTS:
            server.route(f"{self.base}/{name}", self.page)
            server.route(f"{self.base}/{name}/*", self.detail)
        return self

    def about(self, asked: Asked) -> Answer:
        profile = "https://docs.openreferral.org/en/latest/hsds/"
        openapi = f"{asked.base}{self.base}/openapi.json"
        return Answer.json({"version": "3.2", "profile": profile, "openapi_url": openapi})

    def page(self, asked: Asked) -> Answer:
        """The Page envelope. `minimal`: services without all that is nested in them."""
        entity = LISTS[asked.path.rsplit("/", 1)[-1]]
        rows = self.listed(entity)
        since = asked.param("modified_after")
        if since and entity == "service" and self.modified_after:
            after = _moment(since)
            rows = [
                row for row in rows if not row.get("last_modified") or _moment(row["last_modified"]) >= after
            ]
        size = max(1, min(int(asked.param("per_page", str(self.most))), self.most))
        number = int(asked.param("page", "1"))
        found = rows[(number - 1) * size : number * size]
        pages = -(-len(rows) // size)
        bare = asked.param("minimal") == "true"
        return Answer.json(
            {
                "total_items": len(rows),
                "total_pages": pages,
                "page_number": number,
                "size": len(found),
                "first_page": number == 1,
                "last_page": number >= pages,
                "empty": not found,
                "contents": [self._bare(entity, r) if bare else self.object(entity, r) for r in found],
            }
        )

    def listed(self, entity: str) -> Sequence[Row]:
        """All rows of a list, in its order."""
        return sorted(self.tables.get(entity, ()), key=lambda row: row["id"])

    def detail(self, asked: Asked) -> Answer:
        name, wanted = asked.path.rsplit("/", 2)[-2:]
        rows = self.tables.get(LISTS[name], ())
        row = next((row for row in rows if row["id"] == wanted), None)
        if row is None:
            return Answer.json({"message": "no such record"}, 404)
        return Answer.json(self.object(LISTS[name], row))

    def object(self, name: str, row: Row, link: str | None = None, *, inside: bool = False) -> dict[str, Any]:
        """A record with all that belongs to it. `link`: the column that says in what it stands."""
        entity = entities()[name]
        left_out = _INSIDE.get(name, set()) if inside else set()
        children = [child for child in entity.nested if child.name not in left_out]
        nested = {child.name: self._nested(entity, row, child) for child in children}
        single = {_reference(entity, child.entity) for child in children if child.kind == "object"}
        hidden = {link, *single, *_LINKS.get(name, ())}
        return {**self._bare(name, row, hidden), **{key: value for key, value in nested.items() if value}}

    def _bare(self, name: str, row: Row, hidden: set[str | None] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in entities()[name].fields:
            value = row.get(field.name)
            if field.name in (hidden or ()) or value in (None, ""):
                continue
            found[field.name] = _number(value) if field.type == "number" else value
        return found

    def _nested(self, parent: Entity, row: Row, child: Child) -> Any:
        rows = self.tables.get(child.entity, ())
        if child.kind == "object":
            wanted = row.get(_reference(parent, child.entity))
            found = next((r for r in rows if wanted and r["id"] == wanted), None)
            return self.object(child.entity, found, inside=True) if found is not None else None
        link, kind = _LINKS.get(child.entity, ("", ""))
        link = link or _reference(entities()[child.entity], parent.name)
        mine = [r for r in rows if r.get(link) == row["id"] and (not kind or r.get(kind) == parent.name)]
        return [self.object(child.entity, r, link, inside=True) for r in mine]


def _number(value: Any) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _reference(entity: Entity, target: str) -> str:
    return next(f.name for f in entity.fields if f.references == f"{target}.id")
