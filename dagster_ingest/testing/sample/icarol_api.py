"""The families of an iCarol export as the API gives them, with private parts in every place that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from dagster_ingest.testing.sample import icarol
from dagster_ingest.testing.sample.canaries import SECRET, Canary
from dagster_ingest.testing.sample.icarol_cells import SLOTS, Row
from dagster_ingest.testing.sample.icarol_traits import TRAITS, shape
from dagster_ingest.testing.sample.plan import Family, Volume, day_edit, feeds_of, role_of

Record = dict[str, Any]
# The tenant of the sample whose CSV export has the same records, and whose roles all others play.
LIKE = "prairie"
_LABELS = {
    "PhoneFax": "Fax", "PhoneTTY": "TTY", "PhoneTollFree": "Toll free", "PhoneNumberHotline": "Hotline",
    "PhoneNumberBusinessLine": "Business line", "PhoneNumberOutOfArea": "Out of area",
    "PhoneNumberAfterHours": "After hours",
}  # fmt: skip
_ADDRESS = {
    "line1": "Address1", "line2": "Address2", "city": "City", "county": "County",
    "stateProvince": "StateProvince", "zipPostalCode": "PostalCode", "country": "Country",
}  # fmt: skip
_TEXTS = {
    "description": "AgencyDescription", "searchHints": "SearchHints", "legalStatus": "LegalStatus",
    "uniquePriorID": "UniqueIDPriorSystem", "eligibility": "Eligibility", "fees": "FeeStructureSource",
    "applicationProcess": "ApplicationProcess", "requiredDocumentation": "DocumentsRequired",
    "languagesOffered": "LanguagesOfferedList", "coverageNote": "CoverageAreaText",
}  # fmt: skip


@dataclass(frozen=True)
class Served:
    """records: as `GET /Resource` gives them. rows: the same records as the CSV export shows them.
    canaries: those that the records hold."""

    records: tuple[Record, ...]
    rows: tuple[Row, ...]
    canaries: tuple[Canary, ...]


def served(
    state: str = "IA", day: int = 1, rows: int | None = None, seed: int = 7, tenant: str = LIKE
) -> Served:
    """What a key for that state sees on day 1, 2 or 3; three is as two. What changed has a new stamp."""
    feed = next(f for f in feeds_of(tenant) if f.state == state)
    traits, edit, kept = TRAITS[LIKE], day_edit(day), list[Canary]()
    volume = Volume.of(rows, len(traits.roles), lambda n: shape(traits, n).rows)
    before = {_who(r): r for r in served(state, 1, rows, seed, tenant).records} if edit.day > 1 else {}
    records: list[Record] = []
    exported: list[Row] = []
    for number in volume.numbers(edit):
        if edit.gone(number):
            continue
        role = role_of(traits.roles, traits.others, number)
        family = Family(feed, number, role, seed, edit, kept.append)
        for row in icarol.family_rows(family, traits):
            exported.append(row)
            made = record(row)
            made = _with_secrets(family, made) if family.showcase else made
            if edit.day > 1 and made != before.get(_who(made)):
                made["modified"] = f"{day_edit(2).label}T07:30:00"
            records.append(made)
    text = repr(records).lower()
    planted = (replace(c, table="resource") for c in kept if c.token.lower() in text)
    return Served(tuple(records), tuple(exported), tuple(planted))


def _who(made: Record) -> tuple[int, str]:
    return made["id"], made["cultureCode"]


def record(row: Row) -> Record:
    """A row of the export as the API gives it. What the export says in several flags is one here."""
    made: Record = {
        "id": int(row["ResourceAgencyNum"]), "databaseID": 211, "type": row["TaxonomyLevelName"],
        "status": row.get("AgencyStatus") or None, "cultureCode": f"{row['LanguageOfRecord']}-US",
        "modified": _stamp(row.get("UpdatedOn", "")), "lastVerifiedOn": _stamp(row.get("LastVerifiedOn", "")),
        "isConfidential": _yes(row.get("ExcludeFromWebsite")), "isFeatured": False,
        "excludeFromDirectory": _yes(row.get("ExcludeFromDirectory")), "verificationExpired": False,
    }  # fmt: skip
    if row["TaxonomyLevelName"] == icarol.LINK:
        made["isLinkOnly"] = bool(_yes(row.get("IsLinkOnly")))
        if made["isLinkOnly"]:  # its own exclusion means nothing, but a confidential link would
            made["isConfidential"], made["excludeFromDirectory"] = False, True
    made |= {name: row[column] for name, column in _TEXTS.items() if row.get(column)}
    made["names"] = _names(row)
    made["related"] = list(_related(row))
    made["contactDetails"] = [*_addresses(row), *_phones(row), *_reach(row), *_people(row)]
    made["hours"] = {"isConfidential": False, "note": row.get("HoursOfOperation", ""), "days": _days(row)}
    made["taxonomy"] = [
        {"code": code.strip(), "name": row.get("TaxonomyTerm", ""), "path": row.get("TaxonomyTerms", "")}
        for code in row.get("TaxonomyCodes", "").split(";")
        if code.strip()
    ]
    made["coverage"] = list(_areas(row.get("Coverage", "")))
    access = {"disabled": row.get("DisabilitiesAccess"), "public": row.get("PublicAccessTransportation")}
    made["accessibility"] = {name: text for name, text in access.items() if text} or None
    made["customFields"] = [{"label": "rqa", "selectedValues": [], "valueText": row.get("Custom_rqa", "")}]
    made["notes"] = {"editors": row.get("InternalNotes") or None}
    made["translations"] = []
    return made


def _with_secrets(f: Family, made: Record) -> Record:
    """Confidential parts that the export has no column for, beside the public ones."""
    mark = f.marker

    def text(cls: str, place: str) -> str:
        return mark.text(SECRET, cls, place)

    hidden = {"isConfidential": True}
    made["names"].append({"value": text("private_parts", "names"), "purpose": "Alternate", **hidden})
    email = mark.email(SECRET, "private_parts", "contactDetails")
    phone = mark.phone(SECRET, "private_parts", "contactDetails")
    site = f"https://{text('private_parts', 'contactDetails')}.example.org"
    made["contactDetails"] += [
        {**hidden, "contact": {"type": "EmailAddress", "address": email}},
        {"contact": {"type": "Website", "url": site, **hidden}},
        {**hidden, "contact": {"type": "PhoneNumber", "label": "Mobile of the desk", "number": phone}},
    ]
    made["customFields"].append(
        {"label": "rqa", "valueText": text("private_parts", "customFields"), **hidden}
    )
    made["translations"] = [{"cultureCode": "fr-CA", "description": text("unseen", "translations")}]
    made["notes"]["viewers"] = text("internal_notes", "notes")
    made["searchHints"] = text("internal_notes", "searchHints")
    for term in made["taxonomy"]:
        term["definition"] = text("licensed_text", "taxonomy")
    for area in made["coverage"][:1]:
        made["coverage"].append(area | hidden | {"county": text("private_parts", "coverage"), "city": None})
    if f.number % 5 == 4 and made["type"] == icarol.SITE:
        made["hours"] = {**hidden, "note": text("private_parts", "hours"), "days": []}
    return made


def _yes(text: str | None) -> bool | None:
    return {"yes": True, "true": True, "no": False, "false": False}.get((text or "").lower())


def _stamp(text: str) -> str | None:
    return text.replace(" ", "T") or None


def _names(row: Row) -> list[Record]:
    columns = (("Primary", "PublicName"), ("Alternate", "AlternateName"), ("Official", "OfficialName"))
    return [{"value": row[c], "purpose": p, "isConfidential": False} for p, c in columns if row.get(c)]


def _related(row: Row) -> Iterator[Record]:
    if row["TaxonomyLevelName"] != icarol.AGENCY:
        yield {"id": int(row["ParentAgencyNum"]), "type": "Agency", "relationship": "Parent"}
    for kind in ("Program", "Site"):
        if number := row.get(f"ConnectsTo{kind}Num"):
            yield {"id": int(number), "type": kind, "relationship": "Connected"}


def _entry(flag: bool | None, contact: Record) -> Record:
    return {"contact": contact} if flag is None else {"isConfidential": flag, "contact": contact}


def _addresses(row: Row) -> Iterator[Record]:
    for prefix, kind in (("Physical", "PhysicalLocation"), ("Mailing", "PostalAddress")):
        place: Record = {name: row[prefix + c] for name, c in _ADDRESS.items() if row.get(prefix + c)}
        if "line1" not in place:
            continue
        if prefix == "Physical":
            pins = {n.lower(): float(row[n]) for n in ("Latitude", "Longitude") if row.get(n)}
            place |= {**pins, "description": row.get("PhysicalLocationDescription", "")}
        yield _entry(_yes(row.get(f"{prefix}AddressIsPrivate")), {"type": kind, **place})


def _phones(row: Row) -> Iterator[Record]:
    for number, name, description, flag, _ in SLOTS:
        if row.get(number):
            label = row.get(name) if name else _LABELS[number]
            contact = {"type": "PhoneNumber", "label": label, "number": row[number]}
            yield _entry(_yes(row.get(flag)), {**contact, "description": row.get(description, "")})


def _reach(row: Row) -> Iterator[Record]:
    for kind, name, column in (
        ("EmailAddress", "address", "EmailAddressMain"), ("Website", "url", "WebsiteAddress")
    ):  # fmt: skip
        if row.get(column):
            yield _entry(False, {"type": kind, name: row[column]})


def _people(row: Row) -> Iterator[Record]:
    for who, purpose in (("SeniorWorker", "Senior Worker"), ("MainContact", "Main Contact")):
        if row.get(f"{who}Name"):
            name = {"displayName": row[f"{who}Name"]}
            contact = {"type": "Person", "purpose": purpose, "name": name, "titles": [row[f"{who}Title"]]}
            yield _entry(_yes(row.get(f"{who}IsPrivate")), contact)


def _days(row: Row) -> list[Record]:
    """`Mon 8:00am - 4:00pm` as a day with two texts; what is no span stands in the first of them."""
    days = []
    for part in filter(None, (part.strip() for part in row.get("Hours", "").split(";"))):
        day, _, span = part.partition(" ")
        opens, _, closes = span.partition(" - ")
        days.append({"dayOfWeek": day, "opens": opens, "closes": closes})
    return days


def _areas(text: str) -> Iterator[Record]:
    for item in filter(None, (item.strip() for item in text.split(";"))):
        state, _, name = item.partition(" - ")
        place = {"county": name} if re.search("County$", name) else {"county": "-1", "city": name}
        yield {"purpose": "Service area", "stateProvince": state, "country": "United States", **place}
