"""Families of an HSDS publisher: an organization with its services, its places and all that hangs on them.

HSDS has no private flag. What a publisher gives away and a tenant does not publish (people, tax numbers,
histories of changes, words of a licensed taxonomy) is planted here; what turns private is withdrawn.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dagster_ingest.testing.sample.canaries import SECRET, SUNSET, Canary, Mode
from dagster_ingest.testing.sample.icarol_cells import agency_name
from dagster_ingest.testing.sample.plan import FIRST_DAY, Edit, Family, Feed, Volume, role_of
from dagster_ingest.testing.sample.words import FAMILY, GIVEN, KINDS, LANGUAGES, STREETS, TITLES

Rows = Mapping[str, list[dict[str, Any]]]

# Tables that the publisher fills; the others of the standard are not in its packages.
TABLES = (
    "organization", "program", "service", "location", "service_at_location", "attribute", "phone", "contact",
    "address", "schedule", "funding", "service_area", "required_document", "language", "accessibility",
    "taxonomy_term", "metadata", "cost_option", "organization_identifier", "taxonomy", "url",
)  # fmt: skip
# One family each, in this order. `turn_` families withdraw something on day two.
ROLES = (
    "plain", "people", "child", "virtual", "inactive", "no_street", "closed", "turn_removed", "turn_service",
    "turn_location", "turn_address", "turn_phone", *(("plain",) * 6),
)  # fmt: skip
OTHERS = ("people", "child", "virtual", "inactive", "no_street", "closed")
_OWN_TERM = "pets"
_SPACE = uuid.UUID("5b0c8d5e-3c1a-4d7e-9a51-0c2f6f0f7d11")
_HOURS = (
    {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "08:00", "closes_at": "16:00"},
    {"freq": "WEEKLY", "byday": "SA", "opens_at": "09:00:00", "closes_at": "12:30:00", "wkst": "MO"},
    {"description": "Call first"},
)
_STATUS = {"inactive": "inactive", "closed": "temporarily closed"}


def role(number: int) -> str:
    return role_of(ROLES, OTHERS, number)


def size(number: int) -> int:
    """Rows of a family on day one."""
    family = Family(
        Feed("", "NC", 0), number, role(number), 0, Edit(1, 0.0, 0, 0, FIRST_DAY, FIRST_DAY), None
    )
    return sum(map(len, family_rows(family).values()))


def families(
    feed: Feed, edit: Edit, rows: int | None, seed: int, keep: Callable[[Canary], None] | None
) -> Iterator[Rows]:
    """A publisher's rows of one state, family by family. rows: at least so many on day one."""
    volume = Volume.of(rows, len(ROLES), size)
    for number in volume.numbers(edit):
        if not edit.gone(number):
            made = Family(feed, number, role(number), seed, edit, keep)
            yield family_rows(made, added=number >= volume.families)


def family_rows(f: Family, *, added: bool = False) -> Rows:
    """Rows by table, references among them whole. One that is gone gives none, yet its marks are told.

    added: it is new in this edition, and stamped so.
    """
    rows = _Maker(f, added).made()
    return {} if f.role == "turn_removed" and f.turned else rows


class _Maker:
    def __init__(self, f: Family, added: bool) -> None:
        self.f, self.role = f, f.role
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.mode = f.mode(sunset=f.role == "turn_removed")
        moved = added or f.edited or (f.role.startswith("turn_") and f.turned)
        changed = f.day_before(1, 400)
        self.changed = f.edit.edited_on if moved else changed
        self.organization = self.id("organization", f.number)

    def id(self, table: str, key: object) -> str:
        return str(uuid.uuid5(_SPACE, f"{self.f.feed.number}/{table}/{key}"))

    def key(self, index: int = 0) -> str:
        return f"{self.f.number}.{index}"

    def add(self, table: str, key: object, leaving: bool = False, **values: Any) -> str:
        """A row and its id. leaving: it is withdrawn on day two."""
        made = self.id(table, key)
        if not (leaving and self.f.turned):
            self.rows[table].append({"id": made} | values)
        return made

    def text(self, table: str, column: str, value: str, mode: Mode | None = None, cls: str = "hidden") -> str:
        self.f.marker.table = table
        return self.f.marker.text(self.mode if mode is None else mode, cls, column, value)

    def made(self) -> Rows:
        f = self.f
        if f.number == 0:
            self._taxonomy()
        self._organization()
        leaving = [self.role == "turn_location" and n == 1 for n in range(self._places)]
        places = [self._location(n, gone) for n, gone in enumerate(leaving)]
        for number in range(1 + (f.number % 2 or self.role == "turn_service")):
            gone = self.role == "turn_service" and number == 1
            service = self._service(number, gone)
            for at, place in enumerate(places if number == 0 else places[:1]):
                self._offer(number, at, service, place, gone or leaving[at])
        return self.rows

    @property
    def _places(self) -> int:
        return 2 if self.role == "turn_location" or self.f.number % 3 == 1 else 1

    def _taxonomy(self) -> None:
        """One for all families. Its words are those of a licence that the tenant does not have."""
        own = self.add("taxonomy", "own", name="Our own words", description="Words of this publisher")
        codes = self.add("taxonomy", "codes", name="Service codes", description="Codes of services")
        for kind in KINDS:
            for code in kind.code.split(" * "):
                name = self.text("taxonomy_term", "name", kind.name, SECRET, "licensed_text")
                text = self.text("taxonomy_term", "description", kind.text, SECRET, "licensed_text")
                self.add("taxonomy_term", code, code=code, name=name, description=text, taxonomy_id=codes)
        self.add(
            "taxonomy_term", _OWN_TERM, code=_OWN_TERM, name="Pets welcome", description="", taxonomy_id=own
        )

    def _organization(self) -> None:
        f, name, money = self.f, agency_name(self.f.number), "money_and_tax"
        text = f"{name} helps people in {f.place.city} & around." + (" Now on Saturdays." if f.edited else "")
        self.add(
            "organization", f.number,
            name=self.text("organization", "name", name),
            description=self.text("organization", "description", f"<p>{text}</p>"),
            email=f.marker.email(self.mode, "hidden", "email", f" Info{f.base}@Example.org"),
            website=(f"https://www.agency{f.base}.example.org", f"agency{f.base}.example.org")[f.number % 2],
            tax_status=self.text("organization", "tax_status", "", SECRET, money),
            tax_id=self.text("organization", "tax_id", "", SECRET, money),
            year_incorporated=f.pick(("1971", "1988", "2005")),
            legal_status=f.pick(("Non-profit", "Government")),
            parent_organization_id=self.id("organization", 0) if self.role == "child" else "",
        )  # fmt: skip
        number = self.text("organization_identifier", "identifier", "", SECRET, money)
        own: dict[str, Any] = {"organization_id": self.organization}
        self.add("organization_identifier", f.number, **own, identifier_type="EIN", identifier=number)
        self.add("funding", f.number, **own, source=self.text("funding", "source", "", SECRET, money))
        if f.number % 3 == 0:
            self.add("program", f.number, **own, name=f"{f.place.city} programs", description="All of ours")
        if f.number % 4 == 1:
            self.add("url", f.number, **own, label="Blog", url=f"https://blog{f.base}.example.org")
        self._phone("organization", "organization_id", self.organization)
        self._person(0, own)
        self._history()

    def _history(self) -> None:
        """Who changed what: the values that a publisher took back stand in it."""
        cls = "change_history"
        self.add(
            "metadata", self.f.number, resource_id=self.organization, resource_type="organization",
            last_action_date=str(self.changed), last_action_type="update", field_name="name",
            previous_value=self.text("metadata", "previous_value", "", SECRET, cls),
            replacement_value=self.text("metadata", "replacement_value", "", SECRET, cls),
            updated_by=self.text("metadata", "updated_by", "", SECRET, cls),
        )  # fmt: skip

    def _person(self, index: int, link: dict[str, str], leaving: bool = False) -> None:
        """People are not published by these tenants."""
        f, mark, cls = self.f, self.f.marker, "private_people"
        name = f"{f.pick(GIVEN)} {f.pick(FAMILY)}"
        contact = self.add(
            "contact", self.key(index), leaving, **link,
            name=self.text("contact", "name", name, SECRET, cls),
            title=self.text("contact", "title", f.pick(TITLES), SECRET, cls),
            department=self.text("contact", "department", "Intake", SECRET, cls),
            email=mark.email(SECRET, cls, "email"),
        )  # fmt: skip
        mark.table = "phone"
        number = mark.phone(SECRET, cls, "number")
        self.add("phone", f"contact {self.key(index)}", leaving, contact_id=contact, number=number)

    def _phone(self, kind: str, link: str, of: str, index: int = 0, leaving: bool = False) -> None:
        f, mark = self.f, self.f.marker
        mark.table = "phone"
        sunset = kind == "organization" and self.role == "turn_phone"
        mode = SUNSET if leaving or sunset else self.mode
        number = mark.phone(mode, "private_phone" if sunset else "hidden", "number", f.phone())
        extension = "7" if f.number % 5 == 0 else ""
        self.add(
            "phone", f"{kind} {self.key(index)}", leaving or sunset, number=number, extension=extension,
            type=("voice", "fax", "textphone")[(f.number + index) % 3 if kind == "location" else 0],
            **{link: of},
        )  # fmt: skip

    def _location(self, number: int, leaving: bool) -> str:
        f, role, place = self.f, self.role, self.f.place
        withdrawn = role == "turn_address" and number == 0
        mode = SUNSET if leaving else self.mode
        pin = SUNSET if withdrawn else mode
        cls = "private_coordinates" if withdrawn else "hidden"
        empty = role == "virtual" or (withdrawn and f.turned)
        f.marker.table = "location"
        lat = f.marker.degrees(pin, cls, "latitude", place.lat + f.chance.random() / 50)
        lon = f.marker.degrees(pin, cls, "longitude", place.lon + f.chance.random() / 50)
        made = self.add(
            "location", self.key(number), leaving, organization_id=self.organization,
            location_type="virtual" if empty else "physical",
            name=self.text("location", "name", f"{place.city} Branch {number + 1}", mode),
            description=self.text("location", "description", "Near the center of town.", mode),
            transportation="Bus 7 stops outside", latitude="" if empty else lat,
            longitude="" if empty else lon,
        )  # fmt: skip
        link = {"location_id": made}
        if role != "virtual":
            self._address("physical", number, link, SUNSET if withdrawn else mode, withdrawn, leaving)
        if f.number % 2 == 0:
            self._address("postal", number, link, mode, False, leaving)
        self._phone("location", "location_id", made, number, leaving)
        self.add("accessibility", self.key(number), leaving, **link, description="Ramp at the side door")
        self._hours("location", f.number, number, link, leaving)
        return made

    def _address(
        self, kind: str, number: int, link: dict[str, str], mode: Mode, withdrawn: bool, leaving: bool
    ) -> None:
        f, place, mark = self.f, self.f.place, self.f.marker
        cls = "private_address" if withdrawn else "hidden"
        street = (
            f"{100 + f.below(8900)} {f.pick(STREETS)}" if kind == "physical" else f"PO Box {f.base % 997}"
        )
        untold = self.role == "no_street" and kind == "physical"
        self.add(
            "address", f"{kind} {self.key(number)}", withdrawn or leaving, **link, address_type=kind,
            attention=self.text("address", "attention", "", mode, cls),
            address_1="" if untold else self.text("address", "address_1", street, mode, cls),
            address_2=self.text("address", "address_2", "Suite 3", mode, cls) if f.number % 3 == 0 else "",
            city=self.text("address", "city", place.city, mode, cls),
            region=self.text("address", "region", place.county, mode, cls),
            state_province=place.state, postal_code=mark.zip(mode, cls, "postal_code", place.zip),
            country=f.pick(("US", "USA")),
        )  # fmt: skip

    def _hours(self, of: str, turn: int, index: int, link: dict[str, str], leaving: bool) -> None:
        self.add("schedule", f"{of} {self.key(index)}", leaving, **link, **_HOURS[turn % len(_HOURS)])

    def _service(self, number: int, leaving: bool) -> str:
        f, turn, mark = self.f, self.f.number + number, self.f.marker
        kind, mode = KINDS[turn % len(KINDS)], SUNSET if leaving else self.mode
        made = self.add(
            "service", self.key(number), leaving, organization_id=self.organization,
            program_id=self.id("program", f.number) if f.number % 3 == 0 else "",
            name=self.text("service", "name", kind.name, mode),
            description=self.text("service", "description", kind.text, mode),
            email=mark.email(mode, "hidden", "email", f"help{f.base}@example.org"),
            url=f"https://www.agency{f.base}.example.org/{number}",
            status=_STATUS.get(self.role, "active") if number == 0 else "active",
            application_process='Call, then ask for "intake".',
            fees_description=("None", "Sliding scale", "")[turn % 3],
            eligibility_description=kind.eligibility, minimum_age="18" if turn % 5 == 2 else "",
            assured_date=str(f.day_before(1, 400)),
            assurer_email=mark.email(SECRET, "private_people", "assurer_email"),
            last_modified=f"{self.changed}T0{turn % 10}:30:00.000Z",
        )  # fmt: skip
        link = {"service_id": made}
        for code in kind.code.split(" * "):
            self._term(f"{self.key(number)} {code}", made, code, leaving)
        if turn % 4 == 0:
            self._term(f"{self.key(number)} {_OWN_TERM}", made, _OWN_TERM, leaving)
        self._phone("service", "service_id", made, number, leaving)
        self._hours("service", turn + 1, number, link, leaving)
        self.add("language", self.key(number), leaving, **link, name=f.pick(LANGUAGES))
        self.add("service_area", self.key(number), leaving, **link, name=f"{f.place.county} County")
        if turn % 3:
            self.add("required_document", self.key(number), leaving, **link, document="Photo ID")
        if turn % 2:
            self.add("cost_option", self.key(number), leaving, **link, option="Cash", amount="5")
        if self.role == "people":
            self._person(10 + number, link, leaving)
        return made

    def _term(self, key: str, service: str, code: str, leaving: bool) -> None:
        term = self.id("taxonomy_term", code)
        values = {"link_id": service, "link_entity": "service", "taxonomy_term_id": term}
        self.add("attribute", key, leaving, **values)

    def _offer(self, number: int, at: int, service: str, place: str, leaving: bool) -> None:
        key, mode = f"{self.key(number)} {at}", SUNSET if leaving else self.mode
        text = self.text("service_at_location", "description", "Ring twice", mode) if at or leaving else ""
        self.add("service_at_location", key, leaving, service_id=service, location_id=place, description=text)
