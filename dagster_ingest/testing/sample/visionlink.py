"""Families of a VisionLink export: an agency and its services; sites are ids only."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache

from dagster_ingest.testing.sample.canaries import PUBLIC, SECRET, SUNSET, Marker, Mode
from dagster_ingest.testing.sample.icarol_cells import agency_name
from dagster_ingest.testing.sample.places import Place
from dagster_ingest.testing.sample.plan import Family
from dagster_ingest.testing.sample.visionlink_traits import services
from dagster_ingest.testing.sample.words import (
    FAMILY,
    GIVEN,
    HOURS_TEXT,
    KINDS,
    LANGUAGES,
    STREETS,
    TITLES,
    WEEKDAYS,
    Kind,
)

Row = dict[str, str]
_HIDDEN = ("deleted", "disabled", "internal_only", "do_not_use")
_LEAVING = ("turn_deleted", "turn_disabled", "turn_internal", "turn_removed")
_STATUS = {"deleted": "deleted", "disabled": "disabled"}
_OPTION = {
    "internal_only": "Internal Only",
    "do_not_use": "Cancelled - DO NOT USE",
    "seasonal": "Seasonal",
    "suspended": "Suspended",
    "turn_internal": "Internal Only",
    "internal_service": "Internal Only",
}
_HIDDEN_SERVICE = ("deleted_service", "disabled_service", "internal_service")
_PEOPLE = (
    (
        "Directorname",
        "Directorpositiontitle",
        "Directorphonenumber",
        "Directorphonenumberext",
        "Directoremail",
    ),
    ("Contactname", "Contacttitle", "Contactphonenumber", "ContactPhoneNumberExt", "ContactEmail"),
    ("ContactName2", "ContactTitle2", "ContactPhoneNumber2", "ContactPhoneNumberExt2", "ContactEmail2"),
    ("ContactName3", "ContactTitle3", "ContactPhoneNumber3", "ContactPhoneNumberExt3", "ContactEmail3"),
)
_NO_HOURS = '{"open":[],"closed":[]}'


def family_rows(f: Family) -> dict[str, list[Row]]:
    """Rows by table. A family that is gone yields none, yet its marks are told."""
    maker = _Maker(f)
    rows = {"agency": [maker.agency()], "service": [maker.service(n) for n in range(services(f.number))]}
    return {"agency": [], "service": []} if f.role == "turn_removed" and f.turned else rows


_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class _Maker:
    def __init__(self, f: Family) -> None:
        self.f = f
        self.mode = f.mode(secret=f.role in _HIDDEN, sunset=f.role in _LEAVING)
        self.created = f.day_before(500, 4000)
        updated = f.day_before(1, 400)
        self.updated = f.edit.edited_on if f.edited else updated

    def _mark(self, table: str) -> Marker:
        self.f.marker.table = table
        return self.f.marker

    def agency(self) -> Row:
        f, mark, mode = self.f, self._mark("agency"), self.mode
        name = agency_name(f.number)
        text = f"<p>{name} is a place for everybody in {f.place.city}.</p>"
        row = {
            "Agency_Id": str(f.base),
            "AgencySystem_Name": mark.text(mode, "hidden", "AgencySystem_Name", name),
            "AgencySystem_Aka": mark.text(mode, "hidden", "AgencySystem_Aka") if mode is not PUBLIC else "",
            "AgencySystem_Description": mark.text(
                mode,
                "hidden",
                "AgencySystem_Description",
                text + (" Open on Saturdays, too." if f.edited else ""),
            ),
            "AgencySystem_Websiteurl": f"www.place{f.base}.example.org",
            "AgencySystem_EmailAddress": mark.email(
                mode, "hidden", "AgencySystem_EmailAddress", f"info{f.base}@example.org"
            ),
            "AgencySystem_HotlinePhoneNumber": mark.phone(
                mode, "hidden", "AgencySystem_HotlinePhoneNumber", f.phone()
            ),
            "AgencySystem_Fax": f.phone() if f.number % 3 == 0 else "",
            "AgencySystem_TddPhone": f.phone() if f.number % 4 == 0 else "",
            "AgencySystem_HoursOfOperation": HOURS_TEXT[f.number % len(HOURS_TEXT)],
            "AgencyHoursofoperation_ModuleHoursofoperation": _hours(f.number % 12),
            "AgencySystem_YearOfIncorporation": f.pick(("1959", "1984", "2001", "")),
            "AgencySystem_TaxId": mark.text(SECRET, "money_and_workflow", "AgencySystem_TaxId"),
            "AgencyOption_AgencyType": '["Nonprofit"]',
            "AgencyOption_RecordOwner": "PAEA",
            "AgencyOption_LanguagesOtherThanEnglish": _languages(f.number % 24),
            "AgencySystem_DateOfLastInterimModificationPartialUpdate": "",
        }
        return (
            row
            | self._upkeep("Agency", mark)
            | self._addresses(mark)
            | self._people(mark)
            | self._gates("Agency")
        )

    def _addresses(self, mark: Marker) -> Row:
        role, mode = self.f.role, self.mode
        if mode is not PUBLIC:
            return self._address(mark, "AgencyAddressus", mode, "hidden")
        if role == "turn_confidential":
            kind = "ConfidentialAddress" if self.f.turned else "AgencyAddressus"
            return self._address(mark, kind, SUNSET, "private_address")
        cells: Row = {}
        if role != "confidential_only":
            cells |= self._address(mark, "AgencyAddressus", PUBLIC, "")
            cells |= self._address(mark, "MailingAddress", PUBLIC, "") if self.f.number % 2 else {}
        if role in ("confidential_only", "confidential_too"):
            cells |= self._address(mark, "ConfidentialAddress", SECRET, "private_address")
            cells |= self._address(mark, "ConfidentialMailingAddress", SECRET, "private_address")
        return cells

    def _address(self, mark: Marker, kind: str, mode: Mode, cls: str) -> Row:
        f, place, at = self.f, self.f.place, f"AgencyAddressus_{kind}_"
        pin = "private_coordinates" if cls == "private_address" else cls
        post = kind.endswith("MailingAddress") and mode is PUBLIC
        street = f"PO Box {10 + f.below(900)}" if post else f"{100 + f.below(8900)} {f.pick(STREETS)}"
        unknown = post or (mode is PUBLIC and f.number % 6 == 4)
        return {
            at + "id": mark.digits(mode, cls, at + "id", str(f.base + 50)),
            at + "address_1": mark.text(mode, cls, at + "address_1", street),
            at + "address_2": mark.text(mode, cls, at + "address_2", f.pick(("Suite 2", "", ""))),
            at + "city": mark.text(mode, cls, at + "city", place.city),
            at + "county": mark.text(mode, cls, at + "county", place.county),
            at + "state": place.state,
            at + "zip": mark.zip(mode, cls, at + "zip", place.zip),
            at + "country": "US",
            at + "notes": mark.text(mode, cls, at + "notes", f.pick(("Side entrance", ""))),
            at + "latitude": "0" if unknown else mark.degrees(mode, pin, at + "latitude", place.lat + 0.0071),
            at + "longitude": "0"
            if unknown
            else mark.degrees(mode, pin, at + "longitude", place.lon + 0.0071),
        }

    def _people(self, mark: Marker) -> Row:
        """The tenant publishes nobody."""
        cells: Row = {}
        cls = "private_people"
        for index, names in enumerate(_PEOPLE):
            if index and not self.f.showcase:
                break
            name, title, phone, extension, email = (f"AgencySystem_{n}" for n in names)
            cells[name] = mark.text(SECRET, cls, name, f"{self.f.pick(GIVEN)} {self.f.pick(FAMILY)}")
            cells[title] = mark.text(SECRET, cls, title, self.f.pick(TITLES))
            cells[phone] = mark.phone(SECRET, cls, phone)
            cells[extension] = mark.digits(SECRET, cls, extension)
            cells[email] = mark.email(SECRET, cls, email)
        return cells

    def _upkeep(self, module: str, mark: Marker) -> Row:
        """Stamps, and what the staff keeps for itself."""
        f = self.f
        cells = {
            f"{module}_CreatePortalId": "12",
            f"{module}_EditPortalId": "12",
            f"{module}_CreateFormsetDeploymentId": "345",
            f"{module}_EditFormsetDeploymentId": "345",
            f"{module}_CreateStamp": f"{self.created} 09:05:00",
            f"{module}_EditStamp": f"{self.updated} 18:57:{f.number % 60:02d}",
            f"{module}_AuditStamp": "",
            f"{module}System_DateOfLastCompleteUpdate": f"{self.created + timedelta(days=365):%Y/%m/%d}",
            f"{module}Updatefrequency_UpdateFrequency": _compact(
                {"next_update": "2026-09-01", "last_review": str(self.created), "frequency": "Yearly"}
            ),
        }
        staff = [f"{module}Account_{module}Account", f"{module}Contact_{module}Contact"]
        notes = [f"{module}System_EditNotes"]
        if module == "Service":
            staff.append("ServiceAccount_ServiceContact")
            notes.append("ServiceSystem_StaffNotes")
        for column in (f"{module}_CreateAccountId", f"{module}_EditAccountId"):
            cells[column] = mark.digits(SECRET, "staff", column)
        for column in staff:
            account = mark.digits(SECRET, "staff", column)
            cells[column] = f'[{{"Account_Id":{account}}}]'
            who = mark.text(SECRET, "staff", f"{column}_Both", f.pick(GIVEN))
            cells[f"{column}_Both"] = f'[{{"Account_Id":{account},"Account_Name":"{who}"}}]'
        for column in notes:
            cells[column] = mark.text(SECRET, "internal_notes", column, 'Asked to "wait" until May.')
        return cells

    def _gates(self, module: str) -> Row:
        """Both gates of an agency: the record's status and the option list."""
        role = self.f.role
        gone = role if not role.startswith("turn_") else role.removeprefix("turn_") if self.f.turned else ""
        option = _OPTION.get(role, "Active") if role != "turn_internal" or self.f.turned else "Active"
        if role == "internal_service":
            option = "Active"
        return {f"{module}_Status": _STATUS.get(gone, "active"), f"{module}Option_Status": f'["{option}"]'}

    def service(self, number: int) -> Row:
        f, mark = self.f, self._mark("service")
        kind, turn, first = KINDS[(f.number + number) % len(KINDS)], f.number + number, number == 0
        mode = self.mode
        if mode is PUBLIC:
            mode = f.mode(
                secret=first and f.role in _HIDDEN_SERVICE, sunset=first and f.role == "turn_service"
            )
        row = {
            "Agency_Id": str(f.base),
            "Service_Id": str(f.base + 10 + number),
            "ServiceSystem_Name": mark.text(mode, "hidden", "ServiceSystem_Name", kind.name),
            "ServiceSystem_Aka": "",
            "ServiceSystem_Description": mark.text(mode, "hidden", "ServiceSystem_Description", kind.text),
            "ServiceSystem_Eligibility": kind.eligibility,
            "ServiceSystem_ApplicationintakeProcess": f.pick(
                ("Walk in.", 'Call, then ask for "intake".\nBring ID.')
            ),
            "ServiceSystem_DocumentsRequired": f.pick(("Photo ID; Proof of address", "None", "")),
            "ServiceSystem_FeeStructure": f.pick(("None", "Sliding scale", "")),
            "ServiceSystem_MethodOfPaymentAccepted": f.pick(('["Cash","Check"]', "Cash,Check", "")),
            "ServiceSystem_ServiceCapacityAndType": f.pick(("20 beds", "")),
            "ServiceSystem_AdaAccess": f.pick(("Yes", "Ramp at the back", "")),
            "ServiceSystem_Websiteurl": f"https://www.place{f.base}.example.org/{number}",
            "ServiceSystem_EmailAddress": mark.email(
                mode, "hidden", "ServiceSystem_EmailAddress", f"desk{f.base}@example.org"
            ),
            "ServiceSystem_PhoneMain": mark.phone(mode, "hidden", "ServiceSystem_PhoneMain", f.phone()),
            "ServiceSystem_TddPhone": f.phone() if turn % 3 == 0 else "",
            "ServiceSystem_Fax": f.phone() if turn % 4 == 0 else "",
            "ServiceSystem_LastEditDate": f"{self.updated:%Y/%m/%d}",
            "ServiceSystem_Hoursofoperation": HOURS_TEXT[turn % len(HOURS_TEXT)],
            "ServiceHoursofoperation_ModuleHoursofoperation": _hours(turn % 12),
            "ServiceTaxonomy_ModuleServicepost": self._taxonomy(mark, kind),
            "ServiceGeotagus_ServiceGeotagus": _geotags(f.place, turn % 15),
            "ServiceOption_RecordOwner": "PAEA",
            "ServiceOption_LanguagesOtherThanEnglish": _languages(turn % 24),
            "ServiceOption_EligibilityFocusPopulations": f.pick(
                ('["Veterans","Older Adults"]', "Veterans", "")
            ),
            "ServiceOption_EligibilityAges": f.pick(('["Adults"]', "")),
            "ServiceOption_EligibilityDisabilitesHealth": "",
            "ServiceOption_EligibilityHouseholdMembers": "",
            "ServiceOption_ConditionalFilter": "",
        }
        return row | self._sites(number) | self._upkeep("Service", mark) | self._service_gates(first, number)

    def _service_gates(self, first: bool, number: int) -> Row:
        role = self.f.role if first else ""
        status = (
            role.removesuffix("_service") if role in ("deleted_service", "disabled_service") else "active"
        )
        if role == "turn_service" and self.f.turned:
            status = "deleted"
        option = (
            "Internal Only" if role == "internal_service" else ("Active", "Active", "Seasonal")[number % 3]
        )
        return {"Service_Status": status, "ServiceOption_Status": f'["{option}"]'}

    def _sites(self, number: int) -> Row:
        ids = [self.f.base + 30 + n for n in range(1 + number % 2)]
        both = [{"Site_Id": i, "Site_Name": f"{self.f.place.city} site {i % 10}"} for i in ids]
        return {
            "ServiceSite_ServiceSite": _compact([{"Site_Id": i} for i in ids]),
            "ServiceSite_ServiceSite_Both": _compact(both),
        }

    def _taxonomy(self, mark: Marker, kind: Kind) -> str:
        column = "ServiceTaxonomy_ModuleServicepost"
        name = mark.text(SECRET, "licensed_text", column, "Programs")
        return _compact([{"taxonomy_code": code, "taxonomy_name": name} for code in kind.code.split(" * ")])


@cache
def _languages(turn: int) -> str:
    """The same field, as an option list or as plain text. `turn` below 24."""
    pair = LANGUAGES[turn % len(LANGUAGES)], LANGUAGES[(turn + 2) % len(LANGUAGES)]
    return (_compact(list(pair)), ",".join(pair), '[""]', "")[turn % 4]


@cache
def _hours(turn: int) -> str:
    """`turn` below 12."""
    if turn % 4 == 3:
        return _NO_HOURS
    spans = [[[9, 0], [19, 0]]] if turn % 2 else [[[8, 30], [12, 0]], [[13, 0], [16, 30]]]
    closed: object = [] if turn % 4 else {}
    return _compact({"open": dict.fromkeys(WEEKDAYS[: 3 + turn % 3], spans), "closed": closed})


@cache
def _geotags(place: Place, turn: int) -> str:
    """Areas served, in every scope. `turn` below 15."""
    state = {"country": "US", "state": place.state}
    tags = (
        {"scope": "county", **state, "county": place.county},
        {"scope": "zip", **state, "zip": place.zip},
        {"scope": "state", **state},
        {"scope": "city", **state, "county": place.county, "city": place.city},
        {"scope": "country", "country": "US"},
    )
    return _compact([tags[turn % 5], tags[(turn + 3) % 5]] if turn % 3 == 0 else [tags[turn % 5]])
