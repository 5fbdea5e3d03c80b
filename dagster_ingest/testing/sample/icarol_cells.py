"""Cells of an iCarol row, group by group. Each function fills the row it is given."""

from __future__ import annotations

from datetime import date

from dagster_ingest.testing.sample.canaries import PUBLIC, SECRET, Mode
from dagster_ingest.testing.sample.icarol_traits import Traits
from dagster_ingest.testing.sample.plan import Family
from dagster_ingest.testing.sample.words import (
    FAMILY,
    FIRST,
    GIVEN,
    HOURS,
    HOURS_TEXT,
    LANGUAGES,
    SECOND,
    STREETS,
    TITLES,
    Kind,
)

Row = dict[str, str]

# (number, name, description, private flag, type) of each phone slot
SLOTS = (
    *((f"Phone{n}Number", f"Phone{n}{'name' if n == 5 else 'Name'}", f"Phone{n}Description",
       f"Phone{n}IsPrivate", f"Phone{n}Type") for n in range(1, 6)),
    *((p, "", f"{p}Description", f"{p}IsPrivate", "") for p in (
        "PhoneFax", "PhoneTTY", "PhoneTollFree", "PhoneNumberHotline", "PhoneNumberBusinessLine",
        "PhoneNumberOutOfArea", "PhoneNumberAfterHours")),
)  # fmt: skip
MAIN, FAX, TOLL_FREE, HOTLINE = SLOTS[0], SLOTS[5], SLOTS[7], SLOTS[8]
FLAG_YES, FLAG_NO = ("Yes", "TRUE", "True"), ("No", "FALSE", "")


def agency_name(number: int) -> str:
    """Unique, and known for any family without making it."""
    first, turn = FIRST[number % len(FIRST)], number // len(FIRST)
    again = turn // len(SECOND)
    return f"{first} {SECOND[(turn + number) % len(SECOND)]}{f' {again + 1}' if again else ''}"


def person(f: Family) -> str:
    return f"{f.pick(GIVEN)} {f.pick(FAMILY)}"


def stamp(traits: Traits, day: date, seconds: int) -> str:
    """Local time without a zone, in the spelling of the tenant's export."""
    hour, minute = 8 + seconds // 3600 % 10, seconds // 60 % 60
    if traits.stamps == "iso":
        return f"{day} {hour:02d}:{minute:02d}:{seconds % 60:02d}"
    short = f"{day.month}/{day.day}/{day.year % 100:02d}"
    return short if traits.stamps == "day" else f"{short} {hour}:{minute:02d}"


def address(f: Family, traits: Traits, row: Row, mode: Mode, flag: str, cls: str = "private_address") -> None:
    mark, place = f.marker, f.place
    near = PUBLIC if traits.county_kept and cls == "private_address" else mode
    pin = "private_coordinates" if cls == "private_address" else cls
    street = f"{100 + f.below(8900)} {f.pick(STREETS)}"
    row["PhysicalAddress1"] = mark.text(mode, cls, "PhysicalAddress1", street)
    if mode is not PUBLIC or f.below(3) == 0:
        row["PhysicalAddress2"] = mark.text(mode, cls, "PhysicalAddress2", f"Suite {1 + f.below(40)}")
    row["PhysicalCity"] = mark.text(near, cls, "PhysicalCity", place.city)
    row["PhysicalCounty"] = mark.text(near, cls, "PhysicalCounty", place.county)
    row["PhysicalStateProvince"] = place.state
    row["PhysicalPostalCode"] = mark.zip(mode, cls, "PhysicalPostalCode", place.zip)
    row["PhysicalCountry"] = "United States"
    row["PhysicalAddressIsPrivate"] = flag
    row["Latitude"] = mark.degrees(mode, pin, "Latitude", place.lat + f.chance.random() / 50)
    row["Longitude"] = mark.degrees(mode, pin, "Longitude", place.lon + f.chance.random() / 50)


def no_address(f: Family, row: Row) -> None:
    """What the vendor writes for nothing."""
    row["PhysicalCounty"] = row["PhysicalCountry"] = row["PhysicalStateProvince"] = "-1"
    row["Latitude"] = row["Longitude"] = f.pick(("0.00000000000000", "0"))


def mailing(f: Family, row: Row, mode: Mode, flag: str, cls: str = "private_address") -> None:
    mark, place = f.marker, f.place
    row["MailingAttentionName"] = mark.text(mode, cls, "MailingAttentionName", "Front Office")
    row["MailingAddress1"] = mark.text(mode, cls, "MailingAddress1", f"PO Box {100 + f.below(9000)}")
    if mode is not PUBLIC:
        row["MailingAddress2"] = mark.text(mode, cls, "MailingAddress2")
    row["MailingCity"] = mark.text(mode, cls, "MailingCity", place.city)
    row["MailingStateProvince"] = place.state
    row["MailingPostalCode"] = mark.zip(mode, cls, "MailingPostalCode", place.zip)
    row["MailingCountry"] = "United States"
    row["MailingAddressIsPrivate"] = flag


def other_address(f: Family, row: Row) -> None:
    mark, cls = f.marker, "private_address"
    for column in ("OtherAddress1", "OtherAddress2", "OtherCity", "OtherCounty"):
        row[column] = mark.text(SECRET, cls, column)
    row["OtherStateProvince"] = f.place.state
    row["OtherPostalCode"] = mark.zip(SECRET, cls, "OtherPostalCode")
    row["OtherCountry"] = "United States"


def phone(
    f: Family, row: Row, slot: tuple[str, ...], mode: Mode, flag: str, name: str = "Main",
    cls: str = "private_phone",
) -> None:  # fmt: skip
    number, name_column, description, private, kind = slot
    public = f.phone() if number != "PhoneTollFree" else f"1-800-555-01{f.below(100):02d}"
    row[number] = f.marker.phone(mode, cls, number, public)
    if name_column:
        row[name_column] = f.marker.text(mode, cls, name_column, name)
        row[kind] = "Main" if number == "Phone1Number" else "Other"
    if mode is not PUBLIC or f.below(4) == 0:
        row[description] = f.marker.text(mode, cls, description, "Ask for intake")
    row[private] = flag


def every_phone(f: Family, row: Row, shift: int) -> None:
    """All slots, public and private by turns, the flags in every spelling. `shift` 0 or 1 swaps them."""
    for index, slot in enumerate(SLOTS):
        secret = (index + shift) % 2 == 1
        flag = (FLAG_YES if secret else FLAG_NO)[index // 2 % 3]
        phone(f, row, slot, SECRET if secret else PUBLIC, flag, name=f"Line {index + 1}")


def people(f: Family, traits: Traits, row: Row, who: str, mode: Mode, flag: str) -> None:
    """`who` is SeniorWorker or MainContact. Without the tenant's consent nobody is public."""
    mark, cls = f.marker, "private_people"
    shown = mode if traits.contacts else SECRET
    row[f"{who}Name"] = mark.text(shown, cls, f"{who}Name", person(f))
    row[f"{who}Title"] = mark.text(shown, cls, f"{who}Title", f.pick(TITLES))
    row[f"{who}EmailAddress"] = mark.email(
        shown, cls, f"{who}EmailAddress", f"{f.pick(GIVEN).lower()}@example.org"
    )
    row[f"{who}PhoneNumber"] = mark.phone(shown, cls, f"{who}PhoneNumber", f.phone())
    if who == "MainContact":
        row["MainContactType"] = mark.text(shown, cls, "MainContactType", "Primary")
    row[f"{who}IsPrivate"] = flag


def internal(f: Family, row: Row) -> None:
    mark = f.marker
    for column in ("InternalNotes", "InternalNotesForEditorsAndViewers", "ResourceInfo"):
        row[column] = mark.text(SECRET, "internal_notes", column, "Spoke to the desk; call back in May.")
    for column in ("LastVerifiedByName", "LastVerifiedByTitle", "LastVerificationApprovedBy"):
        row[column] = mark.text(SECRET, "staff", column)
    row["LastVerifiedByPhoneNumber"] = mark.phone(SECRET, "staff", "LastVerifiedByPhoneNumber")
    row["LastVerifiedByEmailAddress"] = mark.email(SECRET, "staff", "LastVerifiedByEmailAddress")


def money(f: Family, traits: Traits, row: Row) -> None:
    mark, cls = f.marker, "money_and_workflow"
    for column in ("AnnualBudgetTotal", "SourceOfFunds", "CurrentWorkflowStepCode"):
        row[column] = mark.text(SECRET, cls, column)
    tax = PUBLIC if traits.identifiers else SECRET
    row["FEIN"] = mark.text(tax, cls, "FEIN", f"{10 + f.below(80)}-{f.below(10**7):07d}")
    if f.below(2):
        row["IRSStatus"] = mark.text(tax, cls, "IRSStatus", "501(c)(3)")
    else:
        row["IRSStatus"] = "None or unknown"
    row["LegalStatus"] = f.pick(("Nonprofit", "Government", "None or unknown", "Faith-based"))
    row["YearIncorporated"] = f.pick(("1962", "1978", "1994", "2003", "circa 1950", ""))


def taxonomy(f: Family, row: Row, kinds: tuple[Kind, ...]) -> None:
    """Codes are data; their names are the licensor's."""
    mark, cls = f.marker, "licensed_text"
    row["TaxonomyCodes"] = "".join(f"{kind.code}; " for kind in kinds).strip()
    row["TaxonomyTerm"] = mark.text(SECRET, cls, "TaxonomyTerm")
    row["TaxonomyTerms"] = mark.text(SECRET, cls, "TaxonomyTerms", "> Basic > Term; ")
    row["TaxonomyTermsNotDeactivated"] = mark.text(SECRET, cls, "TaxonomyTermsNotDeactivated", "> Term; ")


def hours(row: Row, turn: int) -> None:
    row["Hours"], row["HoursOfOperation"] = HOURS[turn % len(HOURS)], HOURS_TEXT[turn % len(HOURS)]


def offer(f: Family, row: Row, kind: Kind, turn: int) -> None:
    """What a service says of itself."""
    place = f.place
    row["Eligibility"] = kind.eligibility
    for group in ("Adult", "Child", "Family", "Female", "Male", "Teen"):
        row[f"Eligibility{group}"] = f.pick(("Yes", "No", "TRUE", "FALSE", ""))
    row["ApplicationProcess"] = f.pick(
        ("Call or walk in.", 'Call first.\nAsk for "intake", then bring your papers.', "Apply online.")
    )
    row["DocumentsRequired"] = f.pick(("Photo ID; Proof of address; ", "None", "Proof of income; "))
    row["FeeStructureSource"] = f.pick(("No fees", "Sliding scale", "$5 a visit"))
    row["PaymentMethods"] = f.pick(("Cash; Check; ", "Cash; ", ""))
    row["LanguagesOffered"] = f"English, {f.pick(LANGUAGES)}"
    row["LanguagesOfferedList"] = f"English; {f.pick(LANGUAGES)}; "
    prefix = place.state if turn % 6 else "MD"  # clients get it wrong at times
    row["Coverage"] = f"{prefix} - {place.county} County; {place.state} - {place.city}; "
    row["CoverageArea"] = f"{place.county} County"
    row["CoverageAreaText"] = f"{place.city} and the rest of {place.county} County"
    row["LicenseAccreditation"] = f.pick(("", "Licensed by the state"))
    row["NormalWaitTime"] = f.pick(("", "Two weeks", "Same day"))
    row["ServiceCapacity"] = f.pick(("", "25", "varies"))
    if turn % 9 == 5:
        _notice(row, "Closed for repairs until further notice.", "2025-01-01 00:00:00", "2099-12-31 00:00:00")
    elif turn % 9 == 6:
        _notice(row, "Holiday hours this week.", "2024-12-20 00:00:00", "2025-01-02 00:00:00")


def _notice(row: Row, text: str, appears: str, expires: str) -> None:
    row["TemporaryMessage"], row["TemporaryMessageAppears"] = text, appears
    row["TemporaryMessageExpires"] = expires


def access(f: Family, row: Row) -> None:
    row["DisabilitiesAccess"] = f.pick(
        ("Ramp; Elevator", "Fully accessible", "No access for wheelchairs", "")
    )
    row["PhysicalLocationDescription"] = f.pick(("Behind the library", "Corner building, 2nd floor", ""))
    row["BusServiceAccess"] = f.pick(("Bus 4, 12", "Route “Green” – stop 7", ""))
    row["PublicAccessTransportation"] = f.pick(("Yes", "No", ""))


def untidy(row: Row, turn: int) -> None:
    """Habits of the vendor's clients: padded cells, HTML, vertical tabs."""
    text = row.get("AgencyDescription", "")
    if turn % 4 == 1:
        row["AgencyDescription"] = f"<p>{text}</p><ul><li>Free &amp; open to all</li></ul>"
    elif turn % 4 == 2:
        row["AgencyDescription"] = text.replace(". ", ".\x0b")
    if turn % 7 == 3:
        for column in ("PublicName", "AlternateName", "PhysicalCity", "PhysicalCounty", "Phone1Number"):
            if row.get(column):
                row[column] = row[column] + " " * (1 + turn % 9)
