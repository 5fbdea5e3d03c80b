import csv
import io
import json
from collections import Counter

ADDRESS = "AgencyAddressus_AgencyAddressus_address_1"
SECRET_ADDRESS = "AgencyAddressus_ConfidentialAddress_address_1"


def data(deliveries, table, day=1):
    return deliveries.table("keystone", table, day)[1:]


def loads(rows, column):
    """What the cells hold; the row with a cell too many, known by the key None, is left out."""
    return [json.loads(r[column]) for r in rows if None not in r and r[column].startswith(("[", "{"))]


def test_the_row_under_the_headings_describes_them(deliveries):
    for table in ("agency", "service"):
        template = deliveries.table("keystone", table)[0]
        cells = set(template.values())
        assert {"Unchangeable", "*REQUIRED* text", "EXPORT ONLY", "text"} <= cells
        assert any('78 => "Cancelled - DO NOT USE"' in cell for cell in cells)


def test_gates(deliveries):
    agencies, services = data(deliveries, "agency"), data(deliveries, "service")

    assert {r["Agency_Status"] for r in agencies} == {"active", "deleted", "disabled"}
    assert {r["Service_Status"] for r in services} >= {"active", "deleted", "disabled"}
    labels = Counter(label for option in loads(agencies, "AgencyOption_Status") for label in option)
    assert set(labels) == {"Active", "Internal Only", "Seasonal", "Suspended", "Cancelled - DO NOT USE"}


def test_confidential_addresses(deliveries):
    agencies = data(deliveries, "agency")

    redacted = [r for r in agencies if r[SECRET_ADDRESS] and not r[ADDRESS]]
    both = [r for r in agencies if r[SECRET_ADDRESS] and r[ADDRESS]]
    assert redacted
    assert both
    assert any(r["AgencyAddressus_AgencyAddressus_latitude"] == "0" for r in agencies)


def test_the_same_field_as_list_and_as_text(deliveries):
    texts = [r["ServiceOption_LanguagesOtherThanEnglish"] for r in data(deliveries, "service")]

    assert any(t.startswith('["') and "," in t for t in texts)
    assert any(t and not t.startswith("[") and "," in t for t in texts)
    assert "" in texts


def test_hours(deliveries):
    hours = loads(data(deliveries, "agency"), "AgencyHoursofoperation_ModuleHoursofoperation")

    assert any(h["open"] == [] for h in hours)
    assert {type(h["closed"]) for h in hours} == {list, dict}
    assert [[9, 0], [19, 0]] in [span for h in hours if h["open"] for span in h["open"]["Monday"]]


def test_areas_in_every_scope(deliveries):
    tags = [t for tags in loads(data(deliveries, "service"), "ServiceGeotagus_ServiceGeotagus") for t in tags]

    assert {t["scope"] for t in tags} == {"state", "county", "zip", "city", "country"}


def test_json_cells_are_json(deliveries):
    services = data(deliveries, "service")
    columns = (
        "ServiceTaxonomy_ModuleServicepost",
        "ServiceSite_ServiceSite",
        "ServiceOption_Status",
        "ServiceUpdatefrequency_UpdateFrequency",
        "ServiceContact_ServiceContact_Both",
        "ServiceAccount_ServiceAccount",
    )

    good = [r for r in services if None not in r]
    for column in columns:
        assert len(loads(good, column)) == len(good), column
    assert any(len(sites) == 2 for sites in loads(good, "ServiceSite_ServiceSite"))


def test_one_row_has_one_cell_too_many(deliveries):
    written = deliveries.written("keystone", "service")
    widths = Counter(len(row) for row in csv.reader(io.StringIO(deliveries.text(written), newline="")))

    assert widths == {52: written.rows + 1, 53: 1}


def test_an_address_turns_confidential_on_day_two(deliveries):
    before, after = ({r["Agency_Id"]: r for r in data(deliveries, "agency", day)} for day in (1, 2))
    moved = [i for i in before.keys() & after.keys() if before[i][ADDRESS] and not after[i][ADDRESS]]

    assert len(moved) == 1
    assert after[moved[0]][SECRET_ADDRESS] == before[moved[0]][ADDRESS]


def test_what_ends_on_day_two(deliveries):
    before, after = ({r["Agency_Id"]: r for r in data(deliveries, "agency", day)} for day in (1, 2))
    ended = {
        after[i]["Agency_Status"]
        for i in before.keys() & after.keys()
        if before[i]["Agency_Status"] != after[i]["Agency_Status"]
    }

    assert ended == {"deleted", "disabled"}
    assert len(before.keys() - after.keys()) == 1


def test_the_form_gains_a_field_on_day_two(deliveries):
    first, second = (deliveries.table("keystone", "service", day)[0].keys() for day in (1, 2))

    assert second - first == {"ServiceCustom_AcceptsWalkIns"}
