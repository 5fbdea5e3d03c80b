"""Which HSDS entities a new system's tables may fill, and with which columns: guesses by headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dagster_ingest.naming import column_name
from dagster_ingest.scaffold.drafted import Drafted
from dagster_ingest.scaffold.roles import entities_of
from dagster_ingest.scaffold.system import TODO

# Role to the macro that cleans it. The rest is plain text.
_CLEAN = {
    "email": "clean_email", "website": "clean_url", "description": "rich_text",
    "eligibility_description": "rich_text", "fees_description": "rich_text",
    "application_process": "rich_text", "latitude": "parse_number", "longitude": "parse_number",
    "last_modified": "parse_timestamp", "postal_code": "clean_text", "phone": "clean_text",
    "fax": "clean_text",
}  # fmt: skip
_ORDER = ("organization", "location", "service", "service_at_location", "address", "phone", "schedule")


@dataclass(frozen=True)
class Part:
    """One select of an entity: its columns as SQL over the rows of one table.

    columns  HSDS column to expression; `inner`: names of the subquery to SQL over the raw table
    todo     what a person has to decide first; `held`: no row comes out until then
    """

    entity: str
    table: str
    source_table: str
    source_key: str
    columns: Mapping[str, str]
    inner: Mapping[str, str]
    todo: tuple[str, ...] = ()
    held: bool = False
    where: str = "source_key is not null"


@dataclass
class Stubs:
    """The stubs of a system."""

    system: str
    tables: Sequence[Drafted]
    parts: list[Part] = field(default_factory=list)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """Table to {raw column that the stubs read: why it is there}."""

    def __post_init__(self) -> None:
        self.entity = entities_of({table.table: table.headings for table in self.tables})
        for table in self.tables:
            if table.key is not None:
                self.parts += self._of(table)

    @property
    def entities(self) -> list[str]:
        there = {part.entity for part in self.parts}
        return [entity for entity in _ORDER if entity in there]

    # which parts there are

    def _of(self, table: Drafted) -> Iterator[Part]:
        entity = self.entity.get(table.table)
        if entity == "organization":
            yield self._organization(table)
        elif entity == "location":
            yield self._location(table)
        elif entity == "service":
            yield from self._service(table)
        place = self._place(table)
        if place is not None:
            yield from self._address(table, place)
        owner = self._owner(table, place)
        if owner:
            yield from self._phones(table, owner)
        if entity in ("service", "location") and (hours := table.one("hours")):
            yield Part(
                "schedule", table.table, "schedule", f"'{table.table}:' || source_key",
                {f"{entity}_id": self._own(table), "description": "hours"},
                self._inner(table, {"hours": hours}), where="source_key is not null and hours is not null",
            )  # fmt: skip

    def _organization(self, table: Drafted) -> Part:
        columns = ("alternate_name", "description", "email", "website")
        return self._plain("organization", table, columns, {"name": "coalesce(name, source_key)"})

    def _location(self, table: Drafted) -> Part:
        more = {"location_type": "'physical'", **self._parent(table, "organization")}
        columns = ("name", "alternate_name", "description", "latitude", "longitude")
        return self._plain("location", table, columns, more)

    def _service(self, table: Drafted) -> Iterator[Part]:
        parent = self._parent(table, "organization")
        todo = () if parent else (f"{TODO}: nothing leads from {table.table} to its organization: join it.",)
        more = {"name": "coalesce(name, source_key)", "status": "'active'", **parent}
        columns = (
            "alternate_name", "description", "email", "eligibility_description", "fees_description",
            "application_process", "last_modified",
        )  # fmt: skip
        yield self._plain("service", table, columns, more, todo)
        place = self._parent(table, "location") or (
            {"location_id": self._made_place(table)} if table.one("address_1") else {}
        )
        if place:
            inner = self._inner(table, {}, self._parents(table))
            columns_ = {"service_id": self._own(table), **place}
            yield Part("service_at_location", table.table, table.table, "source_key", columns_, inner)

    def _place(self, table: Drafted) -> str | None:
        """SQL for the location that a row's address belongs to, None for a table without addresses."""
        if not table.roles.get("address_1"):
            return None
        if self.entity.get(table.table) == "location":
            return self._own(table)
        if parent := self._parent(table, "location"):
            return parent["location_id"]
        return self._made_place(table) if table.table in self.entity else None

    def _made_place(self, table: Drafted) -> str:
        return f"hsds_id('{self.system}', 'location_of_{table.table}', 'source_key')"

    def _address(self, table: Drafted, place: str) -> Iterator[Part]:
        roles = ("address_1", "address_2", "city", "region", "state_province", "postal_code", "country")
        inner, todo = self._picked(table, roles, private_too=True)
        if place == self._made_place(table):
            name = {"name": "name"} if table.one("name") else {}
            yield self._plain(
                "location", table, ("latitude", "longitude"),
                {"location_type": "'physical'", **name, **self._owner_of_place(table)},
                source_table=f"location_of_{table.table}",
            )  # fmt: skip
        columns = {"location_id": place, "address_type": "'physical'", **{role: role for role in inner}}
        columns |= {} if "country" in inner else {"country": "'US'"}
        if "state_province" not in inner:
            columns["state_province"] = "literal(current_state())"
        todo += (f"{TODO}: leave out the addresses that the source marks as private or confidential.",)
        held = any(h in table.private for role in inner for h in table.roles[role][:1])
        needed = [name for name in ("address_1", "city", "postal_code") if name in inner]
        where = " and ".join(f"{name} is not null" for name in ("source_key", *needed))
        missing = [name for name in ("address_1", "city", "postal_code") if name not in inner]
        if missing:
            todo += (f"{TODO}: HSDS wants {', '.join(missing)} of an address, and no column looks like it.",)
            columns |= dict.fromkeys(missing, "''")
        inner_ = self._inner(table, {}, self._parents(table)) | inner
        yield Part("address", table.table, table.table, "source_key", columns, inner_, todo, held, where)

    def _owner_of_place(self, table: Drafted) -> dict[str, str]:
        if self.entity.get(table.table) == "organization":
            return {"organization_id": self._own(table)}
        return self._parent(table, "organization")

    def _owner(self, table: Drafted, place: str | None) -> dict[str, str]:
        """What a row's phones hang on."""
        entity = self.entity.get(table.table)
        if entity is not None:
            return {f"{entity}_id": self._own(table)}
        for kind in ("location", "service", "organization"):
            if parent := self._parent(table, kind):
                return parent
        return {}

    def _phones(self, table: Drafted, owner: Mapping[str, str]) -> Iterator[Part]:
        for role in ("phone", "fax"):
            for heading in table.roles.get(role, ()):
                private = heading in table.private
                todo = (_private(heading, table.private[heading]),) if private else ()
                kind = "'fax'" if role == "fax" else "'voice'"
                columns = {**owner, "number": "phone_number('number')", "type": kind}
                inner = self._inner(table, {}, self._parents(table)) | self._column(
                    table, "number", heading, role
                )
                key = f"'{table.table}:' || source_key || ':{column_name(heading)}'"
                where = "source_key is not null and number is not null"
                yield Part("phone", table.table, "phone", key, columns, inner, todo, private, where)

    # pieces

    def _plain(
        self, entity: str, table: Drafted, roles: Sequence[str], more: Mapping[str, str],
        todo: tuple[str, ...] = (), source_table: str | None = None,
    ) -> Part:  # fmt: skip
        needs_name = any(text.startswith(("name", "coalesce(name")) for text in more.values())
        picked, others = self._picked(table, (*(("name",) if needs_name else ()), *roles))
        if needs_name and "name" not in picked:
            picked = {"name": "cast(null as varchar)", **picked}
            others += (f"{TODO}: no column looks like the name of {table.table}.",)
        columns = {**more, **{role: role for role in picked if role not in more}}
        inner = self._inner(table, {}, self._parents(table)) | picked
        todo += others + self._hidden(table)
        return Part(entity, table.table, source_table or table.table, "source_key", columns, inner, todo)

    def _hidden(self, table: Drafted) -> tuple[str, ...]:
        columns = ", ".join(table.roles.get("status", ()))
        return (f"{TODO}: which rows are to be seen? {columns} may say so.",) if columns else ()

    def _picked(
        self, table: Drafted, roles: Sequence[str], private_too: bool = False
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """(role to SQL, what a person has to decide). Private columns only where the part is held back."""
        found: dict[str, str] = {}
        todo: tuple[str, ...] = ()
        for role in roles:
            heading = table.one(role)
            withheld = next((h for h in table.roles.get(role, ()) if h in table.private), None)
            if heading is None and withheld is not None:
                todo += (_private(withheld, table.private[withheld]),)
                heading = withheld if private_too else None
            if heading is not None:
                found |= self._column(table, role, heading, role)
        return found, todo

    def _inner(
        self, table: Drafted, roles: Mapping[str, str], parents: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        assert table.key is not None
        found = self._column(table, "source_key", table.key, "key")
        for name, heading in roles.items():
            found |= self._column(table, name, heading, name)
        for name, heading in (parents or {}).items():
            found |= self._column(table, name, heading, "key")
        return found

    def _column(self, table: Drafted, name: str, heading: str, role: str) -> dict[str, str]:
        raw = column_name(heading)
        why = "private until a person has looked" if heading in table.private else ""
        self.used.setdefault(table.table, {})[raw] = why
        macro = "clean_text" if role == "key" else _CLEAN.get(role, "plain_text")
        return {name: f"{{{{ {macro}('{raw}') }}}}"}

    def _parents(self, table: Drafted) -> dict[str, str]:
        """Names of the subquery for keys of other tables, to their headings."""
        return {f"{parent}_key": heading for heading, parent in reversed(list(table.references.items()))}

    def _parent(self, table: Drafted, entity: str) -> dict[str, str]:
        """{entity_id: SQL} where a column leads to a table of that entity."""
        for parent in table.references.values():
            if self.entity.get(parent) == entity:
                return {f"{entity}_id": f"hsds_id('{self.system}', '{parent}', '{parent}_key')"}
        return {}

    def _own(self, table: Drafted) -> str:
        return f"hsds_id('{self.system}', '{table.table}', 'source_key')"


def _private(heading: str, reason: str) -> str:
    return f"{TODO}: {heading} counts as private ({reason}); publish it only if a person says so."
