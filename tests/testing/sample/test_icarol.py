import re
from collections import Counter

import pytest

ALL = ("prairie", "capital", "bayside")


def levels(rows):
    return Counter(row["TaxonomyLevelName"] for row in rows)


def values(rows, column):
    return Counter(row[column] for row in rows)


def test_topologies(deliveries):
    full, programs, sites = (levels(deliveries.table(t)) for t in ALL)

    assert min(full[level] for level in ("Agency", "Program", "Site", "ProgramAtSite")) > 30
    assert (programs["Site"], programs["ProgramAtSite"]) == (1, 0)
    assert programs["Program"] > programs["Agency"] > 10
    assert sites["Site"] > sites["Agency"] > 10 * sites["Program"] > 0
    assert 0 < sites["ProgramAtSite"] < 5


def test_programs_carry_their_own_address_where_there_are_no_sites(deliveries):
    rows = [r for r in deliveries.table("capital") if r["TaxonomyLevelName"] == "Program"]

    assert all(r["PhysicalAddress1"] and float(r["Latitude"]) for r in rows)


def test_agencies_name_themselves_or_nobody(deliveries):
    for tenant in ALL:
        for row in deliveries.table(tenant):
            if row["TaxonomyLevelName"] == "Agency":
                own = row["ResourceAgencyNum"] if tenant == "prairie" else "0"
                assert row["ParentAgencyNum"] == own


def test_two_languages_of_one_record(deliveries):
    rows = deliveries.table("prairie")
    ids = Counter(r["ResourceAgencyNum"] for r in rows)
    keys = Counter((r["ResourceAgencyNum"], r["LanguageOfRecord"]) for r in rows)

    assert set(values(rows, "LanguageOfRecord")) == {"en", "es"}
    assert max(ids.values()) == 2
    assert max(keys.values()) == 1


@pytest.mark.parametrize("tenant", ["capital", "bayside"])
def test_ids_are_unique_elsewhere(deliveries, tenant):
    assert max(values(deliveries.table(tenant), "ResourceAgencyNum").values()) == 1


def test_two_states_in_one_feed(deliveries):
    assert set(values(deliveries.table("prairie"), "RecordOwner")) == {"PRAIRIE-IA", "PRAIRIE-NE"}


@pytest.mark.parametrize("tenant", ALL)
def test_visibility(deliveries, tenant):
    rows = deliveries.table(tenant)

    assert {"Active", "Inactive", "Active, but do not refer"} <= set(values(rows, "AgencyStatus"))
    assert {"Yes", "No", ""} <= set(values(rows, "ExcludeFromWebsite"))
    if tenant != "prairie":
        assert values(rows, "AgencyStatus")[""] > 0


@pytest.mark.parametrize("tenant", ALL)
def test_sentinels(deliveries, tenant):
    rows = deliveries.table(tenant)

    assert {"0", "0.00000000000000"} <= set(values(rows, "Latitude"))
    assert values(rows, "PhysicalCountry")["-1"] > 0
    assert values(rows, "LastVerifiedOn")["1900-01-01 0:00:00"] > 0
    assert values(rows, "IRSStatus")["None or unknown"] > 0
    assert {"-1", "0", "TRUE", "FALSE"} <= set(values(rows, "PreferredProvider"))


@pytest.mark.parametrize("tenant", ["prairie", "bayside"])
def test_private_flags_in_every_spelling(deliveries, tenant):
    rows = deliveries.table(tenant)
    flags = Counter(v for r in rows for c, v in r.items() if c.endswith("IsPrivate"))

    assert {"Yes", "No", "TRUE", "FALSE", ""} <= set(flags)
    private = [c for c in rows[0] if c.endswith("IsPrivate")]
    slots = [c for c in private if c.startswith("Phone")]
    assert len(slots) == 12
    for slot in slots:
        assert any(r[slot].lower() in ("yes", "true") for r in rows), slot
    for column in ("PhysicalAddressIsPrivate", "MailingAddressIsPrivate"):
        assert any(r[column].lower() in ("yes", "true") for r in rows)


def test_links(deliveries):
    rows = deliveries.table("prairie")
    by_id = {r["ResourceAgencyNum"]: r for r in rows}
    links = [r for r in rows if r["TaxonomyLevelName"] == "ProgramAtSite"]
    missing = [
        r for r in links if r["ConnectsToProgramNum"] not in by_id or r["ConnectsToSiteNum"] not in by_id
    ]
    across = [r for r in links if r["ProgramAgencyNamePublic"] != r["SiteAgencyNamePublic"]]
    pure = [r for r in links if r["IsLinkOnly"].lower() in ("true", "yes")]

    assert len(missing) == 4
    assert len(across) == 4
    assert any(by_id[r["ParentAgencyNum"]]["ExcludeFromWebsite"] in ("Yes", "TRUE") for r in across)
    assert 0 < len(pure) < len(links)
    assert any(r["ExcludeFromWebsite"] == "Yes" and r["AgencyStatus"] == "Inactive" for r in pure)
    assert any(r["Phone1Number"] for r in pure)


@pytest.mark.parametrize("tenant", ["prairie", "bayside"])
def test_orphans(deliveries, tenant):
    rows = deliveries.table(tenant)
    agencies = {r["ResourceAgencyNum"] for r in rows if r["TaxonomyLevelName"] == "Agency"}

    assert [r for r in rows if r["ParentAgencyNum"] not in agencies and r["TaxonomyLevelName"] != "Agency"]


@pytest.mark.parametrize("tenant", ALL)
def test_untidy_text(deliveries, tenant):
    rows = deliveries.table(tenant)
    cells = [cell for row in rows for cell in row.values()]

    assert any("<p>" in cell and "&amp;" in cell for cell in cells)
    assert any("\x0b" in cell for cell in cells)
    assert any("\n" in cell for cell in cells)
    assert any('"intake"' in cell for cell in cells)
    assert any(
        cell != cell.rstrip() and cell.strip() for cell in (r["PhysicalCity"] + r["PublicName"] for r in rows)
    )
    assert any("'" in row["PublicName"] for row in rows)


def test_hours_in_every_spelling(deliveries):
    hours = set(values(deliveries.table("prairie"), "Hours"))
    spellings = [
        r"Mon 08:00 - 16:00;", r"Mon 10:00am - 5:30pm;", r"Mon 9:00 - 5:00;", r"Mon 24/7;", r"^Mon; Tue;",
        r"by appointment",
    ]  # fmt: skip

    for spelling in spellings:
        assert any(re.search(spelling, text) for text in hours), spelling
    assert all(text.endswith(";") for text in hours if text)


def test_lists_and_codes(deliveries):
    rows = deliveries.table("prairie")

    assert any(" * " in code and code.endswith(";") for code in values(rows, "TaxonomyCodes"))
    wrong = [c for c in values(rows, "Coverage") if c and not c.startswith(("IA", "NE"))]
    assert wrong
    assert all(c.endswith("; ") for c in values(rows, "Coverage") if c)


@pytest.mark.parametrize(
    ("tenant", "pattern"),
    [
        ("prairie", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
        ("capital", r"\d{1,2}/\d{1,2}/\d\d \d{1,2}:\d\d"),
        ("bayside", r"\d{1,2}/\d{1,2}/\d\d"),
    ],
)
def test_stamps(deliveries, tenant, pattern):
    assert all(re.fullmatch(pattern, r["UpdatedOn"]) for r in deliveries.table(tenant))


def test_notices_inside_and_outside_their_window(deliveries):
    expiry = values(deliveries.table("prairie"), "TemporaryMessageExpires")

    assert any(text.startswith("2099") for text in expiry)
    assert any(text.startswith("2025") for text in expiry)


def test_columns_of_single_clients(deliveries):
    rows = deliveries.table("bayside")

    assert any(r["Tax"] for r in rows)
    assert {"reviewed", "to do", ""} == set(values(rows, "Custom_rqa"))
    assert sum(bool(r["TaxonomyCodes"]) for r in rows) == levels(rows)["Program"]


def test_a_record_keeps_everything_but_its_edit(deliveries):
    before = {(r["ResourceAgencyNum"], r["LanguageOfRecord"]): r for r in deliveries.table("prairie")}
    after = {(r["ResourceAgencyNum"], r["LanguageOfRecord"]): r for r in deliveries.table("prairie", day=2)}
    changed = Counter(
        column
        for key in before.keys() & after.keys()
        for column in before[key]
        if before[key][column] != after[key][column]
    )

    assert len(before.keys() - after.keys()) > 5
    assert len(after.keys() - before.keys()) > 5
    assert set(changed) == {
        "AgencyDescription", "UpdatedOn", "ExcludeFromWebsite", "AgencyStatus", "MadeInactiveOn",
        "PhysicalAddressIsPrivate", "Phone1IsPrivate",
    }  # fmt: skip


def test_one_stray_value_on_day_two(deliveries):
    rows = deliveries.table("prairie", day=2)

    assert [r["RecordOwner"] for r in rows if r["ExcludeFromWebsite"] == "Pending"] == ["PRAIRIE-NE"]
