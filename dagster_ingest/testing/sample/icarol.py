"""Families of an iCarol export: an agency with its programs, sites and programs at sites."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_ingest.testing.sample import icarol_cells as cells
from dagster_ingest.testing.sample.canaries import PUBLIC, SECRET, SUNSET, Mode
from dagster_ingest.testing.sample.icarol_cells import Row
from dagster_ingest.testing.sample.icarol_traits import Shape, Traits, shape
from dagster_ingest.testing.sample.plan import Family
from dagster_ingest.testing.sample.words import KINDS, Kind

AGENCY, PROGRAM, SITE, LINK = "Agency", "Program", "Site", "ProgramAtSite"
_HIDDEN = ("excluded_agency", "inactive_agency", "excluded_across")
_LEAVING = ("turn_excluded", "turn_inactive", "turn_removed")
_MISSING = 99_000_000  # above every id of a feed


def family_rows(f: Family, traits: Traits) -> Iterator[Row]:
    """Rows in the vendor's order. A family that is gone yields none, yet its marks are told."""
    maker = _Maker(f, traits, shape(traits, f.number))
    rows = list(maker.rows())
    if f.role == "turn_removed" and f.turned:
        return
    for row in rows:
        if not (f.role == "turn_program" and f.turned and row["TaxonomyLevelName"] in (PROGRAM, LINK)):
            yield row
    if f.role == "bilingual":
        yield from (_spanish(f, row, maker.kinds) for row in rows)


def _spanish(f: Family, row: Row, kinds: list[Kind]) -> Row:
    """The same record in the other language. A site keeps the way to it to itself in this one."""
    name = f"{kinds[0].spanish} – {row['PublicName'].strip()}"
    text = "Ofrecemos apoyo a las familias de la región. Llámenos para más información."
    said = {**row, "LanguageOfRecord": "es", "PublicName": name, "AgencyDescription": text}
    if row["TaxonomyLevelName"] == SITE:
        column = "PhysicalLocationDescription"
        said |= {"PhysicalAddressIsPrivate": "Yes", column: f.marker.text(SECRET, "private_address", column)}
    return said


class _Maker:
    def __init__(self, f: Family, traits: Traits, form: Shape) -> None:
        self.f, self.traits, self.form = f, traits, form
        self.kinds = [KINDS[(f.number + n) % len(KINDS)] for n in range(max(form.programs, 1))]
        self.mode = f.mode(secret=f.role in _HIDDEN, sunset=f.role in _LEAVING)
        self.entered, self.updated = f.day_before(500, 4000), f.day_before(1, 400)
        self.name = f.marker.text(self.mode, "hidden", "PublicName", cells.agency_name(f.number))
        self.programs: dict[int | None, Row] = {}
        self.sites: dict[int | None, Row] = {}

    def rows(self) -> Iterator[Row]:
        if self.form.agency:
            yield self._agency()
        for number in range(self.form.programs):
            self.programs[number] = self._program(number)
            yield self.programs[number]
        for number in range(self.form.sites):
            self.sites[number] = self._site(number)
            yield self.sites[number]
        for index, (program, site) in enumerate(self.form.links):
            yield self._link(index, program, site)

    # one method for each type of row

    def _agency(self) -> Row:
        f, traits = self.f, self.traits
        row = self._common(AGENCY, 0, self.mode, self.name)
        if not traits.own_parent:
            row["ParentAgencyNum"] = "0"
        self._text(row, self.mode, f"{self.name.strip()} serves {f.place.city} and its neighbors. Ask us.")
        row["OfficialName"] = f.marker.text(
            self.mode, "hidden", "OfficialName", f"{cells.agency_name(f.number)}, Inc."
        )
        cells.no_address(f, row)
        self._mailing(row, self.mode)
        cells.other_address(f, row)
        self._phones(row, self.mode, shift=0)
        self._contacts(row)
        cells.internal(f, row)
        cells.money(f, traits, row)
        row["AgencyClassification"] = f.pick(("Nonprofit", "Government", "Faith-based"))
        if traits.topology == "sites":
            cells.offer(f, row, self.kinds[0], f.number)
            row["Tax"] = f"{self.kinds[0].code}; " if f.number % 2 else ""
        return self._done(row, 0)

    def _program(self, number: int) -> Row:
        f, kind = self.f, self.kinds[number]
        mode = self._mode(number == 0, ("excluded_program", "inactive_program"), ("turn_program",))
        title = kind.name if self.form.programs == 1 else f"{kind.name} {number + 1}"
        row = self._common(PROGRAM, 1 + number, mode, f.marker.text(mode, "hidden", "PublicName", title))
        self._text(row, mode, f"{kind.text} Open to all. Call for an appointment.")
        cells.offer(f, row, kind, f.number + number)
        cells.taxonomy(f, row, (kind, KINDS[(f.number + 3) % len(KINDS)]) if number == 0 else (kind,))
        cells.hours(row, f.number + number)
        self._phones(row, mode, shift=1)
        if self.traits.topology == "programs":
            cells.address(f, self.traits, row, mode, "", "hidden")
            self._mailing(row, mode)
            cells.access(f, row)
        if f.showcase:
            cells.internal(f, row)
        self._hide(row, number == 0, ("excluded_program",), ("inactive_program",))
        return self._done(row, 1 + number)

    def _site(self, number: int) -> Row:
        f = self.f
        mode = self._mode(number == 0, ("excluded_site",), ("turn_site",))
        name = f.marker.text(
            mode, "hidden", "PublicName", f"{f.place.city} {('Office', 'Annex', 'East')[number % 3]}"
        )
        row = self._common(SITE, 10 + number, mode, name)
        self._text(row, mode, "Our place near the center of town. Parking behind the building.")
        self._address(row, mode)
        self._mailing(row, mode)
        if mode is PUBLIC and f.role not in ("private_address", "private_address_true", "turn_address"):
            cells.access(f, row)
        if self.traits.topology == "sites" or f.number % 2:
            cells.hours(row, f.number + 1)
        self._phones(row, mode, shift=1)
        self._hide(row, number == 0, ("excluded_site",), ())
        return self._done(row, 10 + number)

    def _link(self, index: int, program: int | None, site: int | None) -> Row:
        """Most programs at sites are pure links."""
        f = self.f
        own = f.role in ("own_pas", "excluded_pas", "people")
        made = self.programs.get(program, {}).get("PublicName", "A program elsewhere").strip()
        place = self.sites.get(site, {}).get("PublicName", "a site elsewhere").strip()
        mode = f.mode(secret=f.role == "excluded_pas") if self.mode is PUBLIC else self.mode
        name = f.marker.text(mode, "hidden", "PublicName", f"{made} at {place}")
        row = self._common(LINK, 20 + index, mode, name)
        missing = f.feed.first_id + _MISSING + f.number
        row["ConnectsToProgramNum"] = str(missing if program is None else f.base + 1 + program)
        row["ConnectsToSiteNum"] = str(missing if site is None else f.base + 10 + site)
        row["ProgramAgencyNamePublic"] = row["SiteAgencyNamePublic"] = self.name
        if site == -1:  # of the first family, which is always there
            row["ConnectsToSiteNum"] = str(f.feed.first_id + 10)
            row["SiteAgencyNamePublic"] = cells.agency_name(0)
        row["IsLinkOnly"] = "FALSE" if own else ("TRUE", "Yes", "True")[index % 3]
        if own:
            self._own_link(row, mode)
        elif f.role == "link_only":
            self._ignored_link(row)
        return self._done(row, 20 + index)

    def _own_link(self, row: Row, mode: Mode) -> None:
        f = self.f
        self._text(row, mode, "At this place we meet by appointment only. Ring twice.")
        cells.phone(f, row, cells.MAIN, mode, "No", "This place", "hidden")
        cells.hours(row, f.number + 2)
        cells.people(f, self.traits, row, "MainContact", SECRET, "Yes")
        row["Eligibility"] = "Members of this place."
        if f.role == "excluded_pas":
            row["ExcludeFromWebsite"] = "Yes"

    def _ignored_link(self, row: Row) -> None:
        """Left over in the own fields of a link; nothing of it counts, not even the exclusion."""
        f, cls = self.f, "ignored"
        row["PublicName"] = f.marker.text(SECRET, cls, "PublicName")
        row["AgencyDescription"] = f.marker.text(SECRET, cls, "AgencyDescription")
        cells.phone(f, row, cells.MAIN, SECRET, "No", cls=cls)
        cells.address(f, self.traits, row, SECRET, "No", cls)
        row["ExcludeFromWebsite"], row["AgencyStatus"] = "Yes", "Inactive"

    # groups of cells that follow the family's role

    def _common(self, level: str, offset: int, mode: Mode, name: str) -> Row:
        f, traits = self.f, self.traits
        return {
            "ResourceAgencyNum": str(f.base + offset),
            "PublicName": name,
            "TaxonomyLevelName": level,
            "ParentAgencyNum": str(f.base),
            "ParentAgency": self.name if self.form.agency else "",
            "RecordOwner": traits.owner.format(state=f.feed.state),
            "UniqueIDPriorSystem": f"OLD-{f.base + offset}" if f.number % 3 == 0 else "",
            "AlternateName": f.marker.text(mode, "hidden", "AlternateName", "") if mode is not PUBLIC
            else ("", name.split()[0])[f.number % 2],
            "LanguageOfRecord": traits.language,
            "SearchHints": f.pick((str(f.base), self.name, "")),
            "Categories": f.pick(("Basic Needs; ", "Health; Family; ", "")),
            "AvailableForDirectory": "Yes", "AvailableForReferral": "TRUE", "AvailableForResearch": "Yes",
            "PreferredProvider": f.pick(("-1", "0", "TRUE", "FALSE")),
            "AgencyStatus": "Active",
            "ExcludeFromWebsite": f.pick(("No", "", "FALSE")),
            "ExcludeFromDirectory": "Yes" if f.role == "directory_only" else f.pick(("No", "")),
            "HighlightedResource": "No",
            "Max Of rowid": str(offset + 1),
            "Custom_rqa": f.pick(("reviewed", "to do", "")),
        }  # fmt: skip

    def _text(self, row: Row, mode: Mode, text: str) -> None:
        f = self.f
        edited = " Now open on Saturdays, too." if f.edited else ""
        row["AgencyDescription"] = f.marker.text(mode, "hidden", "AgencyDescription", text + edited)
        row["EmailAddressMain"] = f.marker.email(
            mode, "hidden", "EmailAddressMain", f"info{f.base}@example.org"
        )
        site = f"www.agency{f.base}.example.org"
        row["WebsiteAddress"] = f"https://{site}" if f.number % 2 else site

    def _mode(self, first: bool, secret: tuple[str, ...], sunset: tuple[str, ...]) -> Mode:
        """A hidden agency hides what belongs to it."""
        if self.mode is not PUBLIC:
            return self.mode
        return self.f.mode(secret=first and self.f.role in secret, sunset=first and self.f.role in sunset)

    def _hide(self, row: Row, first: bool, excluded: tuple[str, ...], inactive: tuple[str, ...]) -> None:
        role = self.f.role
        if first and (
            role in excluded or (role == "turn_site" and self.f.turned and "excluded_site" in excluded)
        ):
            row["ExcludeFromWebsite"] = "Yes"
        if first and role in inactive:
            row["AgencyStatus"] = "Inactive"

    def _address(self, row: Row, mode: Mode) -> None:
        f, traits, role = self.f, self.traits, self.f.role
        if mode is not PUBLIC:
            cells.address(f, traits, row, mode, "No", "hidden")
        elif role in ("private_address", "private_address_true"):
            cells.address(f, traits, row, SECRET, "Yes" if role == "private_address" else "TRUE")
        elif role == "turn_address":
            cells.address(f, traits, row, SUNSET, "Yes" if f.turned else "No")
        elif role == "unflagged":
            cells.address(f, traits, row, SECRET if traits.closed else PUBLIC, "")
        else:
            cells.address(f, traits, row, PUBLIC, "No" if traits.closed else f.pick(("No", "", "")))

    def _mailing(self, row: Row, mode: Mode) -> None:
        f, role = self.f, self.f.role
        if mode is not PUBLIC:
            cells.mailing(f, row, mode, "No", "hidden")
        elif role == "private_mailing":
            cells.mailing(f, row, SECRET, "Yes")
        elif f.number % 2 == 0:
            cells.mailing(f, row, PUBLIC, "No" if self.traits.closed else f.pick(("No", "")))

    def _phones(self, row: Row, mode: Mode, shift: int) -> None:
        f, role = self.f, self.f.role
        if mode is not PUBLIC:
            cells.phone(f, row, cells.MAIN, mode, "No", "Main", "hidden")
            return
        if role == "private_phones":
            cells.every_phone(f, row, shift)
            return
        sunset = role == "turn_phone" and row["TaxonomyLevelName"] != SITE
        flag = f.pick(("FALSE", "", "No"))
        flag = "TRUE" if sunset and f.turned else flag
        cells.phone(f, row, cells.MAIN, SUNSET if sunset else PUBLIC, flag)
        extra = f.below(4)
        if extra:
            slot = (cells.FAX, cells.TOLL_FREE, cells.HOTLINE)[extra - 1]
            cells.phone(f, row, slot, PUBLIC, f.pick(("FALSE", "No", "")))

    def _contacts(self, row: Row) -> None:
        """A flag that is blank says private, of people in any case."""
        f, traits, role = self.f, self.traits, self.f.role
        if not f.showcase and f.number % 4:
            return
        shown = PUBLIC if self.mode is PUBLIC else self.mode
        cells.people(f, traits, row, "SeniorWorker", SECRET, f.pick(("Yes", "")))
        if role == "turn_contact":
            cells.people(f, traits, row, "MainContact", SUNSET, "Yes" if f.turned else "No")
        elif role == "people" or f.number % 3 == 0:
            cells.people(f, traits, row, "MainContact", shown, "No")
        else:
            cells.people(f, traits, row, "MainContact", SECRET, f.pick(("Yes", "TRUE", "")))

    def _done(self, row: Row, offset: int) -> Row:
        """Status of the agency, stamps, and the untidiness of the whole row."""
        f, traits = self.f, self.traits
        self._status(row)
        seconds = f.number * 37 + offset
        row["EnteredOn"] = cells.stamp(traits, self.entered, seconds)
        updated = f.edit.edited_on if f.edited else self.updated
        row["UpdatedOn"] = cells.stamp(traits, updated, seconds)
        never = f.number % 8 == 5
        row["LastVerifiedOn"] = "1900-01-01 0:00:00" if never else cells.stamp(traits, self.updated, seconds)
        cells.untidy(row, f.number + offset)
        return row

    def _status(self, row: Row) -> None:
        f, level = self.f, row["TaxonomyLevelName"]
        if f.role == "do_not_refer":
            row["AgencyStatus"] = "Active, but do not refer"
        elif f.role == "blank_status":
            row["AgencyStatus"] = ""
        if level != AGENCY:
            return
        excluded = f.role in ("excluded_agency", "excluded_across") or (
            f.role == "turn_excluded" and f.turned
        )
        inactive = f.role == "inactive_agency" or (f.role == "turn_inactive" and f.turned)
        if excluded:
            row["ExcludeFromWebsite"] = "Yes" if f.number % 2 else "TRUE"
        if inactive:
            row["AgencyStatus"] = "Inactive"
            row["MadeInactiveOn"] = cells.stamp(self.traits, self.updated, 0)
