"""Words of the sample. Every name, street, person and taxonomy code is invented."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of service: taxonomy codes are invented, `*` joins a service with its target group."""

    name: str
    code: str
    text: str
    eligibility: str
    spanish: str


FIRST = (
    "Alder", "Amber", "Birchwood", "Bluestem", "Brightwater", "Cedar Bend", "Clearbrook", "Cottonwood",
    "Elmfield", "Fairmeadow", "Goldenrod", "Harborview", "Hazelton", "Juniper", "Kingfisher", "Larkspur",
    "Meadowlark", "Northgate", "Oakhurst", "Prairie Star", "Quillfeather", "Redbud", "Saltgrass",
    "St. Aldwyn's", "Thistledown", "Upland", "Willowmere", "Yarrow",
)  # fmt: skip
SECOND = (
    "Alliance", "Care Network", "Center", "Coalition", "Commons", "Community House", "Family Services",
    "Foundation", "Health Partners", "Helping Hands", "Ministries", "Neighbors", "Outreach", "Resource Hub",
    "Support Circle", "Trust",
)  # fmt: skip
STREETS = (
    "Aldermoor Way", "Brambleside Ave", "Copperleaf St", "Dovecote Rd", "Eastmarch Blvd", "Fennel St",
    "Gristmill Ln", "Hollowell Dr", "Ironbridge Rd", "Juniper Hill Ct", "Kestrel St", "Lindenwald Ave",
    "Millrace Pkwy", "Nettlecombe St", "Orchardside Dr", "Pinnock St",
)  # fmt: skip
GIVEN = ("Avery", "Blair", "Casey", "Devon", "Emerson", "Finley", "Harper", "Jordan", "Marlow", "Rowan")
FAMILY = (
    "Ashgrove",
    "Bellweather",
    "Corvane",
    "Dunmarrow",
    "Elkins-Roe",
    "Farrowby",
    "O'Hartley",
    "Pemberly",
)
TITLES = ("Executive Director", "Program Manager", "Intake Coordinator", "Office Manager")
LANGUAGES = ("Spanish", "Vietnamese", "Arabic", "French", "Somali", "Chinese")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

KINDS = (
    Kind("Food Pantry", "XA-1000.2000", "Gives groceries for several days to households in need.",
         "Residents of the area served.", "Despensa de alimentos"),
    Kind("Rent Assistance", "XB-2100.1500", "Helps with one month of rent for people facing eviction.",
         "Households with an eviction notice.", "Ayuda con la renta"),
    Kind("Utility Assistance", "XB-2200.3000-250", "Helps to pay a disconnected or past-due utility bill.",
         "Income below 200% of the poverty line.", "Ayuda con servicios"),
    Kind("Emergency Shelter", "XB-3000.1800", "Beds, meals and a place to stay for up to thirty nights.",
         "Adults and families without a home.", "Albergue de emergencia"),
    Kind("Job Training", "XC-1200.4500", "Teaches skills, writes résumés and practises interviews.",
         "Adults looking for work.", "Capacitación laboral"),
    Kind("Legal Advice", "XD-4000.1000", "Advice on housing, benefits and family matters.",
         "Low-income residents.", "Asesoría legal"),
    Kind("Counseling", "XE-5100.2200 * YY-2000", "Talks with people alone or in families.",
         "Anyone.", "Consejería"),
    Kind("Child Care", "XF-6000.1550", "Care before and after school, with a meal.",
         "Families with children under 13.", "Cuidado infantil"),
    Kind("Rides to Appointments", "XG-1100.8000 * YZ-3100", "Takes people to the doctor and back.",
         "Older adults and people with disabilities.", "Transporte a citas"),
    Kind("Clothing Closet", "XA-4000.1000", "Free clothes, shoes and coats for all ages.",
         "Anyone in need.", "Ropero comunitario"),
)  # fmt: skip

HOURS = (
    "".join(f"{d} 08:00 - 16:00; " for d in DAYS).strip(),
    "".join(f"{d} 10:00am - 5:30pm; " for d in DAYS[:4]).strip(),
    "".join(f"{d} 9:00 - 5:00; " for d in DAYS).strip(),
    "".join(f"{d} 24/7; " for d in (*DAYS, "Sat", "Sun")).strip(),
    "Mon; Tue; Wed;",
    "Mon 08:00 - 12:00; Mon 13:00 - 17:00; Sat by appointment;",
)
HOURS_TEXT = (
    "Monday to Friday, 8am to 4pm",
    "Mon-Thu 10-5:30, closed on holidays",
    "M-F 9 to 5",
    "Always open",
    "Call first",
    "Mornings and afternoons, Saturdays by appointment",
)
