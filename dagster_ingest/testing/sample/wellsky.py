"""Families of a WellSky export: an organization with locations, phones, addresses and services."""

from __future__ import annotations

import json
from typing import Any

from dagster_ingest.testing.sample import wellsky_nested as nested
from dagster_ingest.testing.sample.canaries import PUBLIC, SECRET, SUNSET, Mode
from dagster_ingest.testing.sample.icarol_cells import agency_name
from dagster_ingest.testing.sample.places import STATE_NAMES
from dagster_ingest.testing.sample.plan import Family
from dagster_ingest.testing.sample.wellsky_traits import TABLES, Shape, shape
from dagster_ingest.testing.sample.words import HOURS_TEXT, KINDS, LANGUAGES, STREETS

Row = dict[str, Any]
Rows = dict[str, list[Row]]
_HIDDEN = ("inactive_org", "not_operational", "not_public")
_LEAVING = ("turn_not_public", "turn_removed")


def family_rows(f: Family) -> Rows:
    """Rows by table. A family that is gone yields none, yet its marks are told."""
    rows = _Maker(f, shape(f.number)).rows()
    if f.role == "turn_removed" and f.turned:
        return {table: [] for table in TABLES}
    if f.role == "turn_location" and f.turned:
        gone = rows["location"][-1]["ID"]
        for table in TABLES[1:]:
            key = "ID" if table == "location" else "LOCATION_ID"
            rows[table] = [row for row in rows[table] if row[key] != gone]
    return rows


class _Maker:
    """Rows hold Python values; the writer turns None into an empty cell and True into its word."""

    def __init__(self, f: Family, form: Shape) -> None:
        self.f, self.form = f, form
        self.mode = f.mode(secret=f.role in _HIDDEN, sunset=f.role in _LEAVING)
        self.added = str(f.day_before(500, 4000))
        updated = f.day_before(1, 400)
        self.verified = str(updated)
        self.updated = f"{f.edit.edited_on if f.edited else updated} 10:{f.number % 60:02d}:00"
        self.kinds = [KINDS[(f.number + n) % len(KINDS)] for n in range(form.services)]

    def rows(self) -> Rows:
        numbers = range(self.form.locations)
        made: Rows = {
            "organization": [self._organization()],
            "location": [self._location(n) for n in numbers],
        }
        made["locationphone"] = [p for n in numbers for p in self._phones(n)]
        made["physicaladdress"] = [a for n in numbers for a in self._addresses(n)]
        made["services"] = [
            self._service(n, k) for n in numbers for k in range(len(self.kinds)) if not (n and k)
        ]
        contacts = self._contacts()
        nested.fill(self.f, made, contacts, [self._post(n) for n in numbers])
        return made

    def _at(self, number: int) -> int:
        """A location's id; of an AgencyAndSite the first location has the organization's."""
        return self.f.base + (number if self.f.role == "agency_and_site" else 10 + number)

    def _mark(self, table: str) -> Any:
        self.f.marker.table = table
        return self.f.marker

    def _head(self, table: str, mode: Mode, name: str, text: str) -> Row:
        """What organizations and locations have in common."""
        f, mark = self.f, self._mark(table)
        designation = {"organization": "Agency", "location": "Site"}[table]
        return {
            "NAME": mark.text(mode, "hidden", "NAME", name),
            "ALTERNATE_NAME": mark.text(mode, "hidden", "ALTERNATE_NAME") if mode is not PUBLIC else "",
            "DESCRIPTION": mark.text(mode, "hidden", "DESCRIPTION", text),
            "WEBSITE_ADDRESS": f"www.provider{f.base}.example.org",
            "ISACTIVE": True,
            "OPERATIONAL": True,
            "SHOW_ON_PUBLIC_SITE": True,
            "DATE_ADDED": self.added,
            "DATE_UPDATED": self.updated,
            "DATE_OFFICIALCHANGE": self.verified,
            "AIRS_DESIGNATION_ID": "AgencyAndSite" if f.role == "agency_and_site" else designation,
            "PROVIDER_MAINTAINING_ID": mark.digits(SECRET, "staff", "PROVIDER_MAINTAINING_ID"),
            "PROVIDER_MAINTAINING_NAME": mark.text(SECRET, "staff", "PROVIDER_MAINTAINING_NAME"),
            "ADA_ACCESSIBLE": bool(f.below(2)),
            "HOURS": HOURS_TEXT[f.number % len(HOURS_TEXT)],
            "PROGRAM_FEES": f.pick(("None", "Sliding scale", "")),
            "INTAKE_PROCEDURE": "Call for an appointment.",
            "ELIGIBILITY": f.pick(("Residents of the county", "")),
            "LANGUAGES": f"English, {f.pick(LANGUAGES)}",
            "VOLUNTEER_OPS": "",
            "ACCESSIBILITY": f.pick(("Ramp at the side door", "")),
            "SHELTER_REQUIREMENTS": "Call the hotline" if f.role == "shelter" else "",
            "IS_SHELTER": f.role == "shelter",
            "PROJECT_TYPE": None,
        }

    def _organization(self) -> Row:
        f, name = self.f, agency_name(self.f.number)
        text = f"{name} helps people in {f.place.city}; it's open to everybody."
        row = self._head(
            "organization", self.mode, name, text + (" Now on Saturdays, too." if f.edited else "")
        )
        mark = f.marker
        row |= {
            "ID": f.base,
            "EMAIL": mark.email(self.mode, "hidden", "EMAIL", f"info{f.base}@example.org"),
            "URL": f"https://www.provider{f.base}.example.org" if f.number % 2 else "",
            "TAX_ID": mark.text(SECRET, "money_and_workflow", "TAX_ID"),
            "YEAR_INCORPORATED": f.pick(("1971", "1988", "2005", "")),
            "LEGAL_STATUS": f.pick(("Non-profit", "Government", "")),
        }
        if f.role == "inactive_org":
            row["ISACTIVE"] = False
        elif f.role == "not_operational":
            row["OPERATIONAL"] = False
        elif f.role == "not_public" or (f.role == "turn_not_public" and f.turned):
            row["SHOW_ON_PUBLIC_SITE"] = False
        return row

    def _place_mode(self, number: int) -> Mode:
        """Of a whole location: hidden with its organization, or by itself."""
        last, role = number == self.form.locations - 1, self.f.role
        own = self.f.mode(
            secret=last and role == "inactive_location", sunset=last and role == "turn_location"
        )
        return self.mode if self.mode is not PUBLIC else own

    def _pin(self, number: int, mode: Mode) -> tuple[Mode, str]:
        """Mode and class of the coordinates: those of a withheld address are withheld."""
        if mode is not PUBLIC:
            return mode, "hidden"
        role = self.f.role
        return self.f.mode(secret=role == "shelter", sunset=role == "turn_address"), "private_coordinates"

    def _location(self, number: int) -> Row:
        f, mode = self.f, self._place_mode(number)
        name = f"{f.place.city} {('Office', 'Branch')[number % 2]}"
        row = self._head("location", mode, name, "Near the center of town.")
        pin, cls = self._pin(number, mode)
        row |= {
            "ID": self._at(number),
            "ORGANIZATION_ID": f.base,
            "FAVORITE_CLIENT_AUTH_LIST": None,
            "TRANSPORTATION": f.pick(("Bus 7 stops outside", "")),
            "LATITUDE": f.marker.degrees(pin, cls, "LATITUDE", f.place.lat + f.chance.random() / 50),
            "LONGITUDE": f.marker.degrees(pin, cls, "LONGITUDE", f.place.lon + f.chance.random() / 50),
            "ISACTIVE": not (f.role == "inactive_location" and number == self.form.locations - 1),
        }
        return row

    def _phones(self, number: int) -> list[Row]:
        f, mark, mode, role = self.f, self._mark("locationphone"), self._place_mode(number), self.f.role
        first = number == 0
        leaving = first and role == "turn_phone"
        plans = [(mode if mode is not PUBLIC else f.mode(sunset=leaving), "Main", not (leaving and f.turned))]
        plans.append((mode, f.pick(("Fax", "Toll-Free", "24-hour hotline")), True))
        if first and role == "inactive_phone":
            plans.append((SECRET, "Old number", False))
        return [
            {
                "ID": self._at(number) * 10 + index,
                "LOCATION_ID": self._at(number),
                "ORGANIZATION_ID": f.base,
                "NUMBER": mark.phone(m, "private_phone" if mode is PUBLIC else "hidden", "NUMBER", f.phone()),
                "DESCRIPTION": mark.text(
                    m, "private_phone" if mode is PUBLIC else "hidden", "DESCRIPTION", label
                ),
                "ISACTIVE": active,
                "DATE_ADDED": self.added,
                "DATE_UPDATED": self.updated,
                "ISPRIMARY": index == 0,
            }
            for index, (m, label, active) in enumerate(plans)
        ]

    def _addresses(self, number: int) -> list[Row]:
        mode, role = self._place_mode(number), self.f.role
        own = self.f.mode(secret=role == "shelter", sunset=role == "turn_address")
        rows = [self._address(number, 0, mode if mode is not PUBLIC else own, mode is PUBLIC)]
        if role == "shelter":
            rows[0]["ADDRESS_1"] = None  # withheld by the vendor, in part only
        elif role == "turn_address" and self.f.turned:
            rows[0]["ISACTIVE"] = False
        if number == 0 and role == "inactive_address":
            rows.append(self._address(number, 1, SECRET, True) | {"ISACTIVE": False, "ISPRIMARY": False})
        return rows

    def _address(self, number: int, index: int, mode: Mode, visible: bool) -> Row:
        f, mark, place = self.f, self._mark("physicaladdress"), self.f.place
        cls, pin = ("private_address", "private_coordinates") if visible else ("hidden", "hidden")
        shelter = f.role == "shelter"  # its first line is withheld and can hold no mark
        street = f"{100 + f.below(8900)} {f.pick(STREETS)}"
        return {
            "ID": self._at(number) * 10 + 5 + index,
            "LOCATION_ID": self._at(number),
            "ATTENTION": mark.text(mode, cls, "ATTENTION") if mode is not PUBLIC else None,
            "ADDRESS_1": None if shelter else mark.text(mode, cls, "ADDRESS_1", street),
            "ADDRESS_2": mark.text(mode, cls, "ADDRESS_2", f.pick(("Suite 3", ""))),
            "ADDRESS_3": mark.text(mode, cls, "ADDRESS_3") if mode is not PUBLIC else None,
            "ADDRESS_4": mark.text(mode, cls, "ADDRESS_4") if mode is not PUBLIC else None,
            "CITY": mark.text(mode, cls, "CITY", place.city),
            "REGION": mark.text(mode, cls, "REGION", place.county),
            "STATE_PROVINCE": f"{place.state} ",
            "POSTAL_CODE": mark.zip(mode, cls, "POSTAL_CODE", place.zip),
            "COUNTRY": f.pick(("   ", "USA", "US ")),
            "ISACTIVE": True,
            "DATE_ADDED": self.added,
            "DATE_UPDATED": self.updated,
            "ISPRIMARY": True,
            "LATITUDE": mark.degrees(mode, pin, "LATITUDE", place.lat + 0.0101),
            "LONGITUDE": mark.degrees(mode, pin, "LONGITUDE", place.lon + 0.0101),
        }

    def _post(self, number: int) -> list[Row]:
        """The mailing address stands in the nested column alone."""
        f, mark, place = self.f, self._mark("location"), self.f.place
        mode = self._place_mode(number)
        if mode is PUBLIC and f.role == "withheld_post":
            mode, cls, column = SECRET, "private_address", "POSTAL_ADDRESS"
        else:
            cls, column = "hidden", "POSTAL_ADDRESS"
        if mode is PUBLIC and f.number % 2:
            return []
        return [
            {
                "ID": self._at(number) * 10 + 9,
                "LOCATION_ID": self._at(number),
                "ATTENTION": None,
                "ADDRESS_1": mark.text(mode, cls, column, f"PO Box {100 + f.below(900)}"),
                "ADDRESS_2": None,
                "ADDRESS_3": None,
                "ADDRESS_4": None,
                "CITY": mark.text(mode, cls, column, place.city),
                "REGION": place.county,
                "STATE_PROVINCE": f"{place.state} ",
                "POSTAL_CODE": mark.zip(mode, cls, column, place.zip),
                "COUNTRY": "   ",
                "ISACTIVE": f.role != "withheld_post",
                "DATE_ADDED": self.added,
                "DATE_UPDATED": self.updated,
                "ISPRIMARY": True,
                "LATITUDE": None,
                "LONGITUDE": None,
            }
        ]

    def _service(self, number: int, index: int) -> Row:
        f, mark, kind = self.f, self._mark("services"), self.kinds[index]
        mode, role, first = self._place_mode(number), self.f.role, number == 0 and index == 0
        if mode is PUBLIC and first and self.form.locations == 1:
            mode = f.mode(secret=role == "inactive_service", sunset=role == "turn_inactive_service")
        off = (mode is SECRET and role == "inactive_service") or (
            mode is SUNSET and role == "turn_inactive_service" and f.turned
        )
        turn = f.number + index
        return {
            "PROVIDER_SERVICE_CODE_ID": self._at(number) * 10 + index,
            "SERVICE_CODE_ID": 5_000 + turn % len(KINDS),
            "ORGANIZATION_ID": f.base,
            "LOCATION_ID": self._at(number),
            "NAME": kind.code.split(" * ")[0],
            "ALTERNATE_NAME": mark.text(mode, "hidden", "ALTERNATE_NAME", kind.name),
            "DESCRIPTION": mark.text(mode, "hidden", "DESCRIPTION", kind.text),
            "TAXONOMY_DEFINITION": mark.text(
                SECRET, "licensed_text", "TAXONOMY_DEFINITION", "Programs that help."
            ),
            "EMAIL": mark.email(mode, "hidden", "EMAIL", f"desk{f.base}@example.org"),
            "STATUS": "Limited" if turn % 11 == 5 else "Available",
            "APPLICATION_PROCESS": 'Call, then ask for "intake".',
            "FEES": ("None", "Sliding scale", "")[turn % 3],
            "DATE_ADDED": self.added,
            "DATE_UPDATED": self.updated,
            "LANGUAGES": f"English, {LANGUAGES[turn % len(LANGUAGES)]}",
            "SCHEDULE": HOURS_TEXT[turn % len(HOURS_TEXT)],
            "FUNDING": mark.text(SECRET, "money_and_workflow", "FUNDING"),
            "ELIGIBILITY": kind.eligibility if turn % 4 else "",
            "SERVICE_AREAS": self._areas(turn),
            "ISACTIVE": not off,
            "REQUIRED_DOCUMENTS": ("Photo ID", "None", "Proof of address\nPhoto ID")[turn % 3],
        }

    def _areas(self, turn: int) -> str:
        """True JSON, unlike the other nested columns."""
        place = self.f.place
        state = {"state": place.state, "state_name": STATE_NAMES[place.state], "date_added": self.added}
        empty = {"postal_code": None, "city": None, "county": None}
        levels = [
            {"level": "County/Parish", **empty, "county": place.county, **state},
            {"level": "City", **empty, "city": place.city, **state},
            {"level": "Postal Code", **empty, "postal_code": place.zip, **state},
        ]
        if turn % 5 == 3:
            return json.dumps([{"level": "State", **empty, **state}])
        return json.dumps(levels[: turn % 4]) if turn % 4 else "[]"

    def _contacts(self) -> list[Row]:
        """One public contact, and one that the role hides."""
        f, role = self.f, self.f.role
        shown = self.mode
        people = [nested.contact(f, self, 0, shown, "hidden", hide=False, active=True)]
        cls = "private_people"
        if role == "turn_contact":
            people.append(nested.contact(f, self, 1, SUNSET, cls, hide=f.turned, active=True))
        elif role == "inactive_contact":
            people.append(nested.contact(f, self, 1, SECRET, cls, hide=False, active=False))
        elif role == "hidden_contact" or f.number % 3 == 0:
            people.append(nested.contact(f, self, 1, SECRET, cls, hide=True, active=True))
        return people
