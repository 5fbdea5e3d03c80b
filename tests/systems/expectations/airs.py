"""AIRS XML: agency 1 as it should be, 2 all private, 3 hidden; on day two stamps and flags take away."""

from __future__ import annotations

from tests.systems.expectations.canary import Canaries

SYSTEM = "airs"
SOURCE = "settings: {path: airs}"


def address(street: str, private: str, **more: str) -> str:
    held = {"Line1": street, "City": "Ames", "State": "IA", "ZipCode": "50010", **more}
    return f'<PhysicalAddress Confidential="{private}">{tags(held)}</PhysicalAddress>'


def tags(held: dict[str, str]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in held.items())


def phone(number: str, private: str) -> str:
    return f'<Phone Confidential="{private}"><PhoneNumber>{number}</PhoneNumber></Phone>'


def service(key: int, name: str, inside: str = "", marks: str = "") -> str:
    taxonomy = "<Taxonomy><Code>BD-1800.2000</Code></Taxonomy>"
    return f"<SiteService{marks}><Name>{name}</Name><Key>{key}</Key>{inside}{taxonomy}</SiteService>"


class Document:
    """The export of a system that speaks AIRS XML."""

    def __init__(self, system: str) -> None:
        self.system, self.canaries, self.sunset = system, Canaries(system), f"sunset-{system}"

    def person(self, level: str) -> str:
        c = self.canaries
        inner = f"<Title>{c.text(level)}</Title><Name>{c.text(level)}</Name>"
        mail = f"<Email><Address>{c.of('email', level)}</Address></Email>"
        return f'<Contact Type="Director">{inner}{mail}{phone(c.phone(level), "false")}</Contact>'

    def info(self, level: str) -> str:
        c = self.canaries
        staff = f"<Contact Type='Staff'><Name>{c.text(level)}</Name></Contact>"
        return f"<ResourceInfo>{staff}<ResourceSpecialist>{c.text(level)}</ResourceSpecialist></ResourceInfo>"

    def other(self, level: str) -> str:
        c = self.canaries
        name = f"<AKA><Name>{c.text(level)}</Name><Confidential>true</Confidential></AKA>"
        return name + phone(c.phone(level), "true") + self.person(level)

    def house(self, day: int) -> str:
        gone = ' delete="true"' if day == 2 else ""
        east = address("1 Main St", "false")
        place = "<SpatialLocation><Latitude>+42.03</Latitude><Longitude>-93.62</Longitude></SpatialLocation>"
        pantry = service(11, "Food pantry", phone("515-555-0102", "false"))
        fading = service(14, f"{self.sunset} service", marks=gone)
        site = f"<Site><Key>1</Key><Name>East door</Name>{east}{place}{pantry}{fading}</Site>"
        number = phone("515-555-0101", "false") + phone("515-555-0105", "true" if day == 2 else "false")
        return f"<Agency><Key>1</Key><Name>Harbor House</Name>{number}{site}</Agency>"

    def dark(self) -> str:
        c = self.canaries
        names = ("Line1", "Line2", "PreAddressLine", "City", "County", "ZipCode", "ReasonWithheld")
        held = {n: c.zip("site") if n == "ZipCode" else c.text(f"site.{n}") for n in names}
        others = "".join(
            f'<{kind} Confidential="true">{tags({"Line1": c.text(kind), "City": c.text(kind)})}</{kind}>'
            for kind in ("MailingAddress", "OtherAddress")
        )
        where = f"<Latitude>+{c.degrees('site')}</Latitude><Longitude>-{c.degrees('site')}</Longitude>"
        near = ("CrossStreet", "PhysicalLocationDescription", "BusServiceAccess")
        around = "".join(f"<{name}>{c.text(f'site.{name}')}</{name}>" for name in near)
        quiet = service(
            12,
            "Quiet service",
            phone(c.phone("service"), "true") + self.person("service") + self.info("service"),
        )
        site = (
            f"<Site><Key>2</Key><Name>Quiet door</Name>{address('', 'true', **held)}{others}{around}"
            f"{self.other('site')}"
            f"{self.info('site')}<SpatialLocation>{where}</SpatialLocation>{quiet}</Site>"
        )
        told = {"Description": c.text("NoPhysicalAddress"), "Explanation": c.text("NoPhysicalAddress")}
        none = f"<NoPhysicalAddress>{tags(told)}</NoPhysicalAddress>"
        nowhere = f"<Site><Key>4</Key><Name>Nowhere</Name>{none}</Site>"
        marks = f'FEIN="{c.text("FEIN")}" RecordOwner="{c.text("RecordOwner")}"'
        money = (
            f"<IRSStatus>{c.text('IRSStatus')}</IRSStatus><SourceOfFunds>{c.text('funds')}</SourceOfFunds>"
        )
        budget = f"<AnnualBudgetTotal>{c.text('budget')}</AnnualBudgetTotal>"
        inside = self.other("agency") + self.info("agency") + money + budget + site + nowhere
        return f"<Agency {marks}><Key>2</Key><Name>Quiet house</Name>{inside}</Agency>"

    def hidden(self, day: int) -> str:
        c = self.canaries
        lost = service(13, c.text("service below"))
        below = f"<Site><Key>3</Key><Name>{c.text('site below')}</Name>{lost}</Site>"
        child = f"<Agency><Key>31</Key><Name>{c.text('child agency')}</Name></Agency>"
        name = c.text("excluded agency")
        hidden = f'<Agency ExcludeFromWebsite="true"><Key>3</Key><Name>{name}</Name>{below}{child}</Agency>'
        fading = f"<Agency><Key>5</Key><Name>{self.sunset} agency</Name></Agency>"
        return hidden + (fading if day == 1 else "")

    def files(self, day: int) -> dict[str, str]:
        head = f'SourceEntity="Acme" OriginTimestamp="2026-03-0{day}T02:00:00"'
        text = self.house(day) + self.dark() + self.hidden(day)
        return {f"{self.system}/export_2026-03-0{day}.xml": f"<Source {head}>{text}</Source>"}

    def expected(self) -> dict[int, dict]:
        houses = [("@agency/1", "Harbor House"), ("@agency/2", "Quiet house")]
        services = [
            ("@site_service/11", "@agency/1", "Food pantry"),
            ("@site_service/12", "@agency/2", "Quiet service"),
        ]
        same = {
            "location": [
                ("@site/1", "physical", "42.03"),
                ("@site/2", "virtual", ""),
                ("@site/4", "virtual", ""),
            ],
            "address": [("@site/1", "1 Main St", "Ames", "50010", "physical")],
        }
        offers = [
            ("@site_service/11", "@site_service/11", "@site/1"),
            ("@site_service/12", "@site_service/12", "@site/2"),
        ]
        phones = [
            ("", "@site_service/11", "", "", "515-555-0102"),
            ("@agency/1", "", "", "", "515-555-0101"),
        ]
        return {
            1: {
                **same,
                "organization": [*houses, ("@agency/5", f"{self.sunset} agency")],
                "service": [*services, ("@site_service/14", "@agency/1", f"{self.sunset} service")],
                "service_at_location": [*offers, ("@site_service/14", "@site_service/14", "@site/1")],
                "phone": [*phones, ("@agency/1", "", "", "", "515-555-0105")],
            },
            2: {
                **same,
                "organization": houses,
                "service": services,
                "service_at_location": offers,
                "phone": phones,
            },
        }


EXPORT = Document(SYSTEM)
CANARIES, files, EXPECTED = EXPORT.canaries, EXPORT.files, EXPORT.expected()
GOES = [EXPORT.sunset, "515-555-0105"]
