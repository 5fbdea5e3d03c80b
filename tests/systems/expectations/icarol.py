"""iCarol CSV: 1xxx as it should be, 2xxx all private, 3xxx hidden, 4xxx goes on day two."""

from __future__ import annotations

from tests.dbt_elt.rule_cases import register
from tests.systems.expectations.canary import Canaries, table

SOURCE = "settings: {path: icarol}"
CANARIES, SUNSET = Canaries("icarol"), "sunset-icarol"
KINDS = {"1": "Agency", "2": "Program", "3": "Site", "4": "ProgramAtSite"}  # by the last digit of an id
ADDRESS = {"PhysicalCity": "Ames", "PhysicalStateProvince": "IA", "PhysicalPostalCode": "50010"}
FLAGS = {
    "PhysicalAddressIsPrivate": "Yes",
    "MailingAddressIsPrivate": "Yes",
    "SeniorWorkerIsPrivate": "Yes",
    "MainContactIsPrivate": "Yes",
    "PhoneFaxIsPrivate": "TRUE",
    "PhoneTTYIsPrivate": "TRUE",
    "PhoneTollFreeIsPrivate": "TRUE",
    "PhoneNumberHotlineIsPrivate": "TRUE",
    "PhoneNumberBusinessLineIsPrivate": "TRUE",
    "PhoneNumberOutOfAreaIsPrivate": "TRUE",
    "PhoneNumberAfterHoursIsPrivate": "TRUE",
    **{f"Phone{n}IsPrivate": "TRUE" for n in range(1, 6)},
}
PUBLIC_PHONE = {"Phone1IsPrivate": "FALSE"}


def row(number: str, name: str, of: str = "", **cells: str) -> dict[str, str]:
    kind = KINDS[number[-1]]
    return {
        "ResourceAgencyNum": number,
        "TaxonomyLevelName": kind,
        "ParentAgencyNum": of or number,
        "PublicName": name,
        "AgencyStatus": "Active",
        "UpdatedOn": "2026-03-01 10:00:00",
        **cells,
    }


def private(level: str) -> dict[str, str]:
    """A canary in each column of the register, with all flags set."""
    return {c: CANARIES.of(c, level) for c in sorted(register("icarol"))} | FLAGS


HOUSE = [
    row(
        "1011",
        "Harbor House",
        EmailAddressMain="info@harbor.example.org",
        Phone1Number="515-555-0101",
        **PUBLIC_PHONE,
    ),
    row(
        "1012",
        "Food pantry",
        "1011",
        Phone1Number="515-555-0102",
        TaxonomyCodes="BD-1800.2000",
        **PUBLIC_PHONE,
    ),
    row(
        "1013",
        "East door",
        "1011",
        PhysicalAddress1="1 Main St",
        PhysicalAddressIsPrivate="No",
        Latitude="42.03",
        Longitude="-93.62",
        Phone1Number="515-555-0103",
        Phone2Number="515-555-0104",
        **PUBLIC_PHONE,
        **ADDRESS,
    ),
    row(
        "1014",
        "Pantry there",
        "1011",
        ConnectsToProgramNum="1012",
        ConnectsToSiteNum="1013",
        IsLinkOnly="TRUE",
    ),
]
DARK = [
    row("2011", "Quiet agency", **private("agency")),
    row("2012", "Quiet program", "2011", **private("program")),
    row("2013", "Quiet site", "2011", **private("site"), PhysicalStateProvince="IA"),
    row(
        "2024", "Bare link", "2011", ConnectsToProgramNum="2012", ConnectsToSiteNum="2013", IsLinkOnly="TRUE"
    ),
    row(
        "2014",
        "Quiet link",
        "2011",
        ConnectsToProgramNum="2012",
        ConnectsToSiteNum="2013",
        IsLinkOnly="FALSE",
        **private("link"),
    ),
]
HIDDEN = [
    row("3011", CANARIES.text("inactive agency"), AgencyStatus="Inactive"),
    row("3012", CANARIES.text("program of an inactive agency"), "3011"),
    row("3022", CANARIES.text("excluded program"), "1011", ExcludeFromWebsite="Yes"),
    row(
        "3024",
        CANARIES.text("link of an excluded program"),
        "1011",
        ConnectsToProgramNum="3022",
        ConnectsToSiteNum="1013",
    ),
]


def fading(day: int) -> list[dict[str, str]]:
    """On day two the phone turns private, an agency inactive, and one program is no longer there."""
    rows = [
        row(
            "4011",
            "Fading agency",
            Phone1Number="515-555-0105",
            Phone1IsPrivate="TRUE" if day == 2 else "FALSE",
        ),
        row("4021", f"{SUNSET} agency", AgencyStatus="Inactive" if day == 2 else "Active"),
    ]
    return rows if day == 2 else [*rows, row("4012", f"{SUNSET} program", "4011")]


def files(day: int) -> dict[str, str]:
    return {f"icarol/resource_2026-03-0{day}.csv": table([*HOUSE, *DARK, *HIDDEN, *fading(day)])}


AGENCIES = [
    ("@agency/2011", "Quiet agency"),
    ("@agency/1011", "Harbor House"),
    ("@agency/4011", "Fading agency"),
]
SERVICES = [
    ("@program/2012", "@agency/2011", "Quiet program"),
    ("@program/1012", "@agency/1011", "Food pantry"),
]
LOCATIONS = [
    ("@site/2013", "virtual", ""),
    ("@site/1013", "physical", "42.03"),
    ("@location_of_program_at_site/2014", "virtual", ""),  # the link has an address of its own, a private one
]
# The link's slot 1 is its program's, slot 2 its site's. 4012 has no link: its own row is its place.
PHONES = [
    ("", "", "", "@program_at_site/1014", "515-555-0102"),
    ("", "", "", "@program_at_site/1014", "515-555-0104"),
    ("", "", "@site/1013", "", "515-555-0103"),
    ("", "", "@site/1013", "", "515-555-0104"),
    ("", "@program/1012", "", "", "515-555-0102"),
    ("@agency/1011", "", "", "", "515-555-0101"),
]
OFFERS = [
    ("@program_at_site/2014", "@program/2012", "@location_of_program_at_site/2014"),
    ("@program_at_site/2024", "@program/2012", "@site/2013"),
    ("@program_at_site/1014", "@program/1012", "@site/1013"),
]
ADDRESSES = [("@site/1013", "1 Main St", "Ames", "50010", "physical")]
EXPECTED = {
    1: {
        "organization": [*AGENCIES, ("@agency/4021", f"{SUNSET} agency")],
        "service": [*SERVICES, ("@program/4012", "@agency/4011", f"{SUNSET} program")],
        "location": [*LOCATIONS, ("@location_of_program/4012", "virtual", "")],
        "service_at_location": [
            *OFFERS,
            ("@service_at_location_of_program/4012", "@program/4012", "@location_of_program/4012"),
        ],
        "address": ADDRESSES,
        "phone": [*PHONES, ("@agency/4011", "", "", "", "515-555-0105")],
    },
    2: {
        "organization": AGENCIES,
        "service": SERVICES,
        "location": LOCATIONS,
        "service_at_location": OFFERS,
        "address": ADDRESSES,
        "phone": PHONES,
    },
}
GOES = [SUNSET, "515-555-0105"]
