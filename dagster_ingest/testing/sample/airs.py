"""Families of an AIRS XML document: an agency with its own location, sites, services and child agencies."""

from __future__ import annotations

from dagster_ingest.testing.sample.airs_document import Element, el, leaf
from dagster_ingest.testing.sample.airs_traits import Shape, shape
from dagster_ingest.testing.sample.canaries import PUBLIC, SECRET, SUNSET, Marker, Mode
from dagster_ingest.testing.sample.icarol_cells import agency_name
from dagster_ingest.testing.sample.plan import Family
from dagster_ingest.testing.sample.words import (
    FAMILY,
    GIVEN,
    KINDS,
    LANGUAGES,
    STREETS,
    TITLES,
    WEEKDAYS,
)

_HIDDEN = ("excluded", "not_in_directory", "inactive", "deleted", "not_for_directory")
_LEAVING = ("turn_excluded", "turn_deleted", "turn_removed")
# An element of the producer's own, which no version of the schema knows.
NEW_ELEMENT = "OnlineIntake"


def family_tree(f: Family) -> Element | None:
    """The family's agency. One that is gone gives none, yet its marks are told."""
    agency = _Maker(f, shape(f.number)).agency()
    return None if f.role == "turn_removed" and f.turned else agency


class _Maker:
    def __init__(self, f: Family, form: Shape) -> None:
        self.f, self.form, self.role = f, form, f.role
        self.mode = f.mode(secret=f.role in _HIDDEN, sunset=f.role in _LEAVING)
        self.added, self.verified = str(f.day_before(500, 4000)), str(f.day_before(1, 400))
        updated = f.day_before(1, 400)
        self.updated = str(f.edit.edited_on if f.edited else updated)
        self.child_mode = f.mode(secret=f.role == "secret_child", sunset=f.role == "turn_child")

    def agency(self) -> Element:
        f, name, mode = self.f, agency_name(self.f.number), self.mode
        mark = self._mark("agency")
        text = f"{name} helps people in {f.place.city} & around." + (" Now on Saturdays." if f.edited else "")
        group = f.base + 50 if self.form.group else None
        sites = [self._site(n, mode, group) for n in range(self.form.sites)]
        mark.table = "agency"
        mail = mark.email(mode, "hidden", "Email", f"info{f.base}@example.org")
        tax = mark.text(SECRET, "money_and_workflow", "FEIN")
        tax_status = mark.text(SECRET, "money_and_workflow", "IRSStatus")
        return el(
            "Agency",
            leaf("Key", str(f.base)),
            leaf("Name", mark.text(mode, "hidden", "Name", name)),
            leaf("AgencyDescription", mark.text(mode, "hidden", "AgencyDescription", text)),
            *self._other_names(mode),
            self._own_location(mode),
            *self._phones("agency", mode, first=True),
            el("URL", leaf("Address", f"www.agency{f.base}.example.org"), leaf("Note", "Main")),
            el("URL", leaf("Address", f"https://blog{f.base}.example.org")) if f.number % 4 == 1 else None,
            el("SocialMedia", leaf("SocialMediaHandle", f"@agency{f.base}")) if f.number % 3 == 0 else None,
            el("Email", leaf("Address", mail)),
            self._person(),
            el("LicenseAccreditation", leaf("License", "Permit 7"), leaf("LicensedBy", "State"))
            if f.number % 5 == 0
            else None,
            leaf("IRSStatus", tax_status),
            self._group(group, mode),
            *sites,
            self._verification("agency"),
            self._child() if self.form.child else None,
            RecordOwner=f"{f.feed.state}HELP",
            FEIN=tax,
            YearInc=f.pick(("1971", "1988", "2005")),
            LegalStatus=f.pick(("Non-profit", "Government")),
            **self._gates(),
        )  # fmt: skip

    def _gates(self) -> dict[str, str | None]:
        """Attributes by which an agency is hidden. Flags come as words and as digits."""
        role, turned = self.role, self.f.turned
        excluded = role == "excluded" or (role == "turn_excluded" and turned)
        stamped = role == "deleted" or (role == "turn_deleted" and turned)
        return {
            "Status": "inactive" if role == "inactive" else "active",
            "ExcludeFromWebsite": "true" if excluded else ("false", "0")[self.f.number % 2],
            "ExcludeFromDirectory": "1" if role == "not_in_directory" else "false",
            **(_stamps(self.f) if stamped else {}),
        }

    def _mark(self, table: str) -> Marker:
        self.f.marker.table = table
        return self.f.marker

    def _other_names(self, mode: Mode) -> list[Element]:
        f, role, mark = self.f, self.role, self._mark("agency")
        own = f.mode(secret=role == "secret_name", sunset=role == "turn_name") if mode is PUBLIC else mode
        secret = own is SECRET if mode is PUBLIC else False
        flag = "true" if secret or (role == "turn_name" and f.turned) else "false"
        cls = "private_names" if mode is PUBLIC else "hidden"
        known = mark.text(own, cls, "AKA", f"{f.place.city} Helpers")
        names = [el("AKA", leaf("Name", known), leaf("Confidential", flag))]
        if f.number % 3 == 0:
            names.append(el("AKA", leaf("Name", f"Group {f.number}")))
        return names

    def _own_location(self, mode: Mode) -> Element:
        f, mark = self.f, self._mark("site")
        return el(
            "AgencyLocation",
            leaf("Key", str(f.base)),  # an agency and its own location have one key
            leaf("Name", mark.text(mode, "hidden", "Name", f"{f.place.city} Office")),
            self._address("MailingAddress", mode, "hidden", f"PO Box {100 + f.below(900)}"),
            el(
                "NoPhysicalAddress",
                leaf("Description", mark.text(SECRET, "internal_notes", "NoPhysicalAddress")),
                leaf("Explanation", mark.text(SECRET, "internal_notes", "NoPhysicalAddress")),
            ),
            Status="active",
        )

    def _group(self, key: int | None, mode: Mode) -> Element | None:
        if key is None:
            return None
        mark = self._mark("service_group")
        name = mark.text(mode, "hidden", "Name", f"{self.f.place.city} programs")
        return el(
            "ServiceGroup", leaf("Key", str(key)), leaf("Name", name), leaf("ProgramName", f"Program {key}")
        )

    def _verification(self, table: str, **flags: str) -> Element:
        f, mark = self.f, self._mark(table)
        if table == "agency" and self.role == "not_for_directory":
            flags["AvailableForDirectory"] = "false"
        return el(
            "ResourceInfo",
            el(
                "Contact",
                leaf("Title", "Data keeper"),
                leaf("Name", mark.text(SECRET, "staff", "ResourceInfo")),
                el("Email", leaf("Address", mark.email(SECRET, "staff", "ResourceInfo"))),
                el(
                    "Phone",
                    leaf("PhoneNumber", mark.phone(SECRET, "staff", "ResourceInfo")),
                    TollFree="false",
                    Confidential="false",
                ),
                Type="Verification",
            ),
            leaf("ResourceSpecialist", mark.text(SECRET, "staff", "ResourceInfo")),
            AvailableForReferral="false"
            if table == "site_service" and self.role == "no_referral"
            else "true",
            AvailableForResearch=("true", "false")[f.number % 2],
            DateAdded=self.added,
            DateLastVerified=self.verified,
            DateOfLastAction=self.updated,
            LastActionType="Update",
            **flags,
        )

    def _person(self) -> Element:
        """People are not published by this tenant, whatever their flags."""
        f, mark = self.f, self._mark("agency")
        name = f"{f.pick(GIVEN)} {f.pick(FAMILY)}"
        return el(
            "Contact",
            leaf("Title", f.pick(TITLES)),
            leaf("Name", mark.text(SECRET, "private_people", "Contact", name)),
            el("Email", leaf("Address", mark.email(SECRET, "private_people", "Contact"))),
            el(
                "Phone",
                leaf("PhoneNumber", mark.phone(SECRET, "private_people", "Contact")),
                TollFree="false",
                Confidential="false",
            ),
            Type="Director",
        )

    def _phones(self, table: str, mode: Mode, *, first: bool = False) -> list[Element]:
        f, mark, role = self.f, self._mark(table), self.role
        own = f.mode(sunset=first and role == "turn_phone") if mode is PUBLIC else mode
        cls = "private_phone" if mode is PUBLIC else "hidden"
        plans = [(own, "Voice", "Main", own is SUNSET and mode is PUBLIC and f.turned)]
        plans.append((mode, *f.pick((("Fax", "Fax"), ("TTY/TDD", "Main"), ("Voice", "Hotline"))), False))
        if first and role == "secret_phone":
            plans.append((SECRET, "Voice", "Crisis", True))
        return [
            el(
                "Phone",
                leaf("PhoneNumber", mark.phone(m, cls if m is own else "private_phone", "Phone", f.phone())),
                leaf("ReasonWithheld", self._reason(m, "private_phone", "Phone")) if withheld else None,
                leaf("Type", kind),
                leaf("Function", use),
                TollFree="false",
                Confidential="true" if withheld else ("false", "0")[f.number % 2],
            )
            for m, kind, use, withheld in plans
        ]

    def _address(self, name: str, mode: Mode, cls: str, street: str, *, withheld: bool = False) -> Element:
        f, mark, place = self.f, self._mark("site"), self.f.place
        return el(
            name,
            leaf("PreAddressLine", mark.text(mode, cls, name, "")),
            leaf("Line1", mark.text(mode, cls, name, street)),
            leaf("Line2", mark.text(mode, cls, name, "Suite 3")) if f.number % 3 == 0 else None,
            leaf("City", mark.text(mode, cls, name, place.city)),
            leaf("County", mark.text(mode, cls, name, place.county)),
            leaf("State", place.state),
            leaf("ZipCode", mark.zip(mode, cls, name, place.zip)),
            leaf("Country", f.pick(("US", "USA"))),
            leaf("ReasonWithheld", self._reason(mode, cls, name)) if withheld else None,
            Confidential="true" if withheld else "false",
        )

    def _reason(self, mode: Mode, cls: str, column: str) -> str:
        """A mark only where it stands there on every day: what turns private must not move the others."""
        return self.f.marker.text(SECRET, cls, column) if mode is SECRET else "Asked for"

    def _site_mode(self, number: int) -> Mode:
        last = number == self.form.sites - 1
        return self.f.mode(secret=last and self.role == "excluded_site")

    def _site(self, number: int, outer: Mode, group: int | None) -> Element:
        f, role = self.f, self.role
        mode = outer if outer is not PUBLIC else self._site_mode(number)
        first = number == 0
        own = f.mode(
            secret=first and role == "secret_address", sunset=first and role == "turn_address"
        ) if mode is PUBLIC else mode  # fmt: skip
        services = self.form.services if first else 1
        key = f.base + 10 + number
        place = self._place(key, mode, own)
        offered = [self._service(key * 10 + n, n, mode, group, first) for n in range(services)]
        excluded = mode is SECRET and outer is PUBLIC
        return el(
            "Site", *place, *offered, self._point(own, mode), Status="active",
            PublicAccessToTransportation=("true", "false")[f.number % 2],
            ExcludeFromWebsite="true" if excluded else "false", ExcludeFromDirectory="false",
        )  # fmt: skip

    def _place(self, key: int, mode: Mode, own: Mode) -> list[Element | None]:
        """What stands before a site's services. own: how its physical address is meant."""
        f, mark = self.f, self._mark("site")
        cls = "private_address" if mode is PUBLIC else "hidden"
        withheld = mode is PUBLIC and own is not PUBLIC and (own is SECRET or f.turned)
        street = f"{100 + f.below(8900)} {f.pick(STREETS)}"
        physical = None if self.role == "no_address" else self._address(
            "PhysicalAddress", own, cls, street, withheld=withheld
        )  # fmt: skip
        other = f.mode(secret=self.role in ("secret_address", "secret_phone")) if mode is PUBLIC else mode
        post = other is SECRET and mode is PUBLIC
        buses = mark.text(own, cls, "BusServiceAccess", "Bus 7 stops outside")
        way_in = mark.text(own, cls, "PhysicalLocationDescription", "Second floor")
        return [
            leaf("Key", str(key)),
            leaf("AgencyKey", str(f.base)),
            leaf("Name", mark.text(mode, "hidden", "Name", f"{f.place.city} Branch {key % 10}")),
            leaf("SiteDescription", mark.text(mode, "hidden", "SiteDescription", "Near the center of town.")),
            self._hidden_name(mode),
            physical,
            self._address("MailingAddress", other, cls, f"PO Box {key % 1000}", withheld=post),
            el("NoPhysicalAddress", leaf("Description", "Phone service")) if physical is None else None,
            self._address("OtherAddress", SECRET, "private_address", "Old", withheld=True)
            if f.number % 4 == 3
            else None,
            leaf("CrossStreet", mark.text(own, cls, "CrossStreet", f.pick(STREETS))),
            *self._phones("site", mode),
            *self._hours(f.number),
            el("Languages", leaf("Name", f.pick(LANGUAGES))),
            leaf("DisabilitiesAccess", f.pick(("Ramp at the side door", "Elevator", ""))),
            leaf("PhysicalLocationDescription", way_in),
            leaf("BusServiceAccess", buses),
        ]  # fmt: skip

    def _hidden_name(self, mode: Mode) -> Element | None:
        if self.f.number % 6 != 1:
            return None
        known = self._mark("site").text(SECRET, "private_names", "AKA")
        return el("AKA", leaf("Name", known), leaf("Confidential", "1"))

    def _point(self, own: Mode, mode: Mode) -> Element | None:
        f, mark = self.f, self._mark("site")
        if self.role == "no_address":
            return None
        cls = "private_coordinates" if mode is PUBLIC else "hidden"
        lat, lon = f.place.lat + f.chance.random() / 50, f.place.lon + f.chance.random() / 50
        return el(
            "SpatialLocation",
            leaf("Datum", "WGS84"),
            leaf("Latitude", f"+{mark.degrees(own, cls, 'SpatialLocation', lat)}"),
            leaf("Longitude", mark.degrees(own, cls, "SpatialLocation", lon)),
        )

    def _hours(self, turn: int) -> list[Element]:
        """By weekday, twice a day, across notes, and notes alone."""

        def span(day: str, start: str, end: str) -> Element:
            return el(day, leaf("From", f"{start}:00"), leaf("To", f"{end}:00"))

        if turn % 4 == 0:
            return [el("TimeOpen", *(span(day, "08:00", "16:00") for day in WEEKDAYS))]
        if turn % 4 == 1:
            halves = [span("Monday", "09:00", "12:00"), span("Monday", "13:00", "17:00")]
            return [el("TimeOpen", *halves, leaf("Notes", "Intake"))]
        if turn % 4 == 2:
            return [el("TimeOpen", leaf("Notes", "Call first"))]
        return []

    def _service(self, key: int, index: int, mode: Mode, group: int | None, first: bool) -> Element:
        f, role = self.f, self.role
        lone = first and index == 0 and self.form.sites == 1 and mode is PUBLIC
        leaving = lone and role == "turn_deleted_service"
        gone = lone and role == "deleted_service"
        unlisted = lone and role == "unlisted_service"
        own = f.mode(secret=gone or unlisted, sunset=leaving) if mode is PUBLIC else mode
        kind, turn, mark = (
            KINDS[(f.number + index) % len(KINDS)],
            f.number + index,
            self._mark("site_service"),
        )
        stamped = gone or (leaving and f.turned)
        return el(
            "SiteService",
            leaf("Name", mark.text(own, "hidden", "Name", kind.name)),
            leaf("Key", str(key)),  # behind the name, as the schema has it
            leaf("Description", mark.text(own, "hidden", "Description", kind.text)),
            *(self._phones("site_service", own) if turn % 2 else ()),
            *self._hours(turn + 1),
            _winter() if turn % 9 == 4 else None,
            el("Taxonomy", *(leaf("Code", code) for code in kind.code.split(" * "))),
            el("Languages", leaf("Name", "English")),
            *self._areas(turn),
            self._verification("site_service", **({"AvailableForDirectory": "false"} if unlisted else {})),
            el("DocumentsRequired", leaf("DocumentsRequired", "Photo ID")) if turn % 3 else None,
            el("ApplicationProcess", leaf("Step", "1"), leaf("Description", 'Call, then ask for "intake".')),
            leaf("FeeStructure", ("None", "Sliding scale", "")[turn % 3]),
            leaf("PaymentMethodAccepted", ("Cash; Medicaid", "")[turn % 2]),
            leaf("GeneralEligibility", kind.eligibility),
            el("AgeRequirements", "Adults", MinimumAge="18") if turn % 5 == 2 else None,
            leaf(NEW_ELEMENT, ("yes", "no")[turn % 2]) if f.turned else None,
            Status="active",
            ServiceNotAlwaysAvailable="false",
            ServiceGroupKey=str(group) if group else None,
            **(_stamps(f) if stamped else {}),
        )  # fmt: skip

    def _areas(self, turn: int) -> list[Element]:
        place = self.f.place
        areas = [
            el("GeographicAreaServed", leaf("County", place.county), leaf("State", place.state)),
            el("GeographicAreaServed", leaf("ZipCode", place.zip), leaf("ZipCode", str(int(place.zip) + 1))),
            el("GeographicAreaServed", leaf("State", place.state), leaf("Description", "Whole state")),
        ]
        return areas[: turn % 3 + 1]

    def _child(self) -> Element:
        """An agency inside, with a site and a service of its own."""
        f = self.f
        own = self.child_mode if self.mode is PUBLIC else self.mode
        mark, key = self._mark("agency"), f.base + 70
        name = mark.text(own, "hidden", "Name", f"{f.place.city} Chapter")
        hidden = own is SECRET or (own is SUNSET and f.turned)
        service = el(
            "SiteService",
            leaf("Name", self._mark("site_service").text(own, "hidden", "Name", "Chapter meeting")),
            leaf("Key", str(key * 10 + 2)),
            el("Taxonomy", leaf("Code", "XH-7000.1000")),
            Status="active",
        )
        site_name = self._mark("site").text(own, "hidden", "Name", "Chapter house")
        site = el("Site", leaf("Key", str(key + 1)), leaf("Name", site_name), service, Status="active")
        return el(
            "Agency", leaf("Key", str(key)), leaf("Name", name), site,
            Status="active", ExcludeFromWebsite="true" if hidden else "false",
        )  # fmt: skip


def _winter() -> Element:
    dates = leaf("StartDate", "2026-11-01"), leaf("EndDate", "2027-03-31")
    return el("Seasonal", leaf("Description", "Winter"), *dates)


def _stamps(f: Family) -> dict[str, str | None]:
    at = f"{f.edit.edited_on}T02:00:00"
    return {"delete": "true", "deleteOccurredDate": at, "deleteEffective": at}
