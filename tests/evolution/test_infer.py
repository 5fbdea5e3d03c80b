"""Drafts: what is guessed from which values, what is kept back, and that the sample passes its draft."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_ingest.errors import SpecError
from dagster_ingest.evolution.infer import Inferred, compiled, infer, raw
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.audit import Auditor

DICE = random.Random(211)
ROWS = 200


def column(make, heading: str = "X", rows: int = ROWS) -> dict:
    """The property drafted for a column of `make(i)`, beside an id."""
    cells = [make(i) for i in range(rows)]
    return properties(drafted(pl.DataFrame({"ID": [f"k{i}" for i in range(rows)], heading: cells})))[heading]


def drafted(frame: pl.DataFrame) -> Inferred:
    return infer(frame.cast(pl.String), tenant="acme", table="thing", origin="thing.csv")


def properties(draft: Inferred) -> dict[str, dict]:
    return {p["name"]: p for p in yaml.safe_load(draft.text())["schema"][0]["properties"]}


def severities(prop: dict) -> dict:
    return next((c["value"] for c in prop.get("customProperties", ()) if c["property"] == "severity"), {})


def audited(contract: Contract, frame: pl.DataFrame) -> list[str]:
    audit = Auditor(contract, Policy(on_reject="quarantine", max_share=1.0), {}, None)
    rows = raw(frame).with_columns(
        pl.int_range(frame.height).alias("_row_number"),
        pl.lit("f").alias("_source_uri"),
        frame.hash_rows().alias("_row_hash"),
    )
    audit.batch(rows)
    return [result.rule for result in audit.finish()[0].failed_rules]


def test_a_draft_says_that_it_is_one():
    head = yaml.safe_load(drafted(pl.DataFrame({"ID": ["1", "2"]})).text())

    assert head["status"] == "draft"
    assert head["customProperties"] == [{"property": "inferred", "value": True}]
    assert compiled(drafted(pl.DataFrame({"ID": ["1", "2"]})).text(), "thing").status == "draft"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda i: str(i * 3 - 50), "integer"),
        (lambda i: f"{i / 8}", "number"),
        (lambda i: ("Yes", "No", "")[i % 3], "boolean"),
        (lambda i: f"{i:05}", "string"),  # leading noughts
        (lambda i: "9" * 30, "string"),  # beyond 64 bits
        (lambda i: ("1", "x")[i == 9], "string"),
        (lambda i: f"{i}.{i}.{i}", "string"),
        (lambda i: "+1", "string"),
    ],
)
def test_types(make, kind):
    assert column(make)["logicalType"] == kind


@pytest.mark.parametrize(
    ("written", "kind", "formats"),
    [
        ("%Y-%m-%d", "date", ["%Y-%m-%d"]),
        ("%m/%d/%Y", "date", ["%m/%d/%Y"]),
        ("%d.%m.%Y", "date", ["%d.%m.%Y"]),
        ("%B %d, %Y", "date", ["%B %d, %Y"]),
        ("%Y-%m-%d %H:%M:%S", "timestamp", ["%Y-%m-%d %H:%M:%S"]),
        ("%m/%d/%Y %I:%M %p", "timestamp", ["%m/%d/%Y %I:%M %p"]),
    ],
)
def test_dates_come_with_the_format_they_are_written_in(written, kind, formats):
    prop = column(lambda i: (date(2020, 1, 1) + timedelta(days=i)).strftime(written))

    assert (prop["logicalType"], [prop["logicalTypeOptions"]["format"]]) == (kind, formats)
    assert severities(prop) == {"range": "warn"}


def test_several_formats_in_one_column_are_all_listed():
    ways = ("%Y-%m-%d", "%m/%d/%Y")
    prop = column(lambda i: (date(2020, 1, 1) + timedelta(days=i)).strftime(ways[i % 2]))

    assert prop["logicalType"] == "date"
    assert {"property": "formats", "value": list(ways)} in prop["customProperties"]


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda i: f"https://example.org/{i}", {"format": "uri"}),
        (lambda i: f"{50000 + i}" + ("-1234" if i % 2 else ""), {"pattern": "^[0-9]{5}(-[0-9]{4})?$"}),
    ],
)
def test_patterns(make, option):
    assert column(make)["logicalTypeOptions"] == option


def test_codes_of_digits_stay_text():
    assert column(lambda i: f"{50000 + i}", "Zip")["logicalType"] == "string"
    assert column(lambda i: f"{10000 + i}", "Agency_Num")["logicalType"] == "string"


def test_a_short_list_of_values_with_support_is_an_enum_as_a_warning():
    prop = column(lambda i: ("food", "rent", "care")[i % 3])

    assert [entry["value"] for entry in prop["enum"]] == ["care", "food", "rent"]
    assert severities(prop) == {"enum": "warn"}


@pytest.mark.parametrize(
    "make",
    [
        lambda i: f"value {i}",
        lambda i: f"value {i % 21}",
        lambda i: "usual" if i < 195 else f"rare {i}",  # more are yet to come
        lambda i: ("a" * 61, "b" * 61)[i % 2],
    ],
)
def test_values_without_support_are_no_enum(make):
    assert "enum" not in column(make)


def test_what_is_always_there_is_required_and_what_is_not_is_not():
    assert column(lambda i: f"text {i}")["required"] is True
    assert "required" not in column(lambda i: "" if i == 7 else f"text {i}")
    assert "required" not in column(lambda i: f"text {i}", rows=30)


def test_the_key_is_unique_always_there_and_named_like_an_id():
    rows = range(ROWS)
    frame = pl.DataFrame(
        {
            "Name": [f"n{i}" for i in rows],
            "AgencyID": [str(i // 2) for i in rows],
            "ResourceID": [str(i) for i in rows],
        }
    )

    draft = drafted(frame)

    assert draft.key == "ResourceID"
    assert properties(draft)["ResourceID"]["primaryKey"] is True
    assert "primaryKey" not in properties(draft)["Name"]
    assert drafted(frame.head(20)).key is None
    assert "choose the key by hand" in drafted(frame.select("Name")).text()


@pytest.mark.parametrize(
    "heading",
    ["Email", "Contact Name", "ClientFirstName", "last_name", "DOB", "SSN", "Internal_Notes", "ModifiedBy",
     "Main Phone", "PASSWORD", "Tax ID", "social security", "gender"],
)  # fmt: skip
def test_headings_that_speak_of_people_are_private_and_give_no_cell_away(heading):
    frame = pl.DataFrame(
        {"ID": [str(i) for i in range(ROWS)], heading: [("Ada", "Grace")[i % 2] for i in range(ROWS)]}
    )
    draft = drafted(frame)

    prop = properties(draft)[heading]
    assert prop["classification"] == "private"
    assert "enum" not in prop
    assert "Ada" not in draft.text()


@pytest.mark.parametrize(
    ("make", "private"),
    [
        (lambda i: f"write to person{i}@example.org" if i == 5 else f"text {i}", True),
        (lambda i: "his number is 123-45-6789" if i == 5 else f"text {i}", True),
        (lambda i: f"call 555-123-{1000 + i}", True),
        (lambda i: "call 555-123-4567" if i < 3 else f"text {i}", False),
        (lambda i: f"5551230{100 + i}", True),
        (lambda i: f"text {i}", False),
    ],
)
def test_cells_that_look_like_a_persons_make_a_column_private(make, private):
    assert (column(make).get("classification") == "private") == private


def test_bounds_of_private_columns_are_not_told():
    frame = pl.DataFrame(
        {
            "ID": [str(i) for i in range(ROWS)],
            "Birth date": [f"{1931 + i % 60}-05-06" for i in range(ROWS)],
            "Income": [str(41235 + i) for i in range(ROWS)],
        }
    )
    text = drafted(frame).text()

    assert "1931" not in text
    assert "41235" not in text
    assert "1921" not in text


def test_numbers_are_bounded_with_slack_as_a_warning():
    prop = column(lambda i: str(100 + i))

    assert prop["logicalTypeOptions"]["minimum"] == 0
    assert prop["logicalTypeOptions"]["maximum"] >= 398
    assert severities(prop) == {"range": "warn"}
    assert column(lambda i: str(40 + i / 1000), "Latitude")["logicalTypeOptions"] == {
        "minimum": -90,
        "maximum": 90,
    }


def test_texts_that_stand_for_nothing_are_null_texts():
    draft = drafted(pl.DataFrame({"A": [str(i) if i % 2 else "N/A" for i in range(ROWS)]}))

    assert draft.null_texts == ("N/A",)
    assert properties(draft)["A"]["logicalType"] == "integer"


def test_headings_that_no_contract_can_name_are_left_out_and_told():
    frame = pl.DataFrame({"a b": ["1"], "a_b": ["2"], " ": ["4"], "x" * 201: ["5"]})

    draft = drafted(frame)

    assert list(properties(draft)) == ["a b"]
    assert draft.text().count("left out:") == 3


def test_nothing_is_inferred_from_nothing():
    with pytest.raises(SpecError, match="no row"):
        drafted(pl.DataFrame({"A": []}, schema={"A": pl.String}))


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "N/A", "null", "Yes", "no", "TRUE", "1", "0", "-0", "007", "1e5", "inf", "NaN", "1.50"]
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.dates(min_value=date(1, 1, 1)).map(str),
    st.dates().map(lambda d: f"{d.month}/{d.day}/{d.year}"),
    st.dates(min_value=date(1900, 1, 1)).map(lambda d: d.strftime("%d-%b-%Y")),
    st.datetimes().map(lambda t: t.isoformat()),
    st.emails(),
    st.from_regex(r"\(?[0-9]{3}\)? [0-9]{3}-[0-9]{4}", fullmatch=True),
    st.text(max_size=30),
)
HEADINGS = st.one_of(
    st.sampled_from(
        ["ID", "Zip", "Latitude", "Phone", "E-Mail", "Created", "Is Open", "name", "1st", "note"]
    ),
    st.text(min_size=1, max_size=20),
)


@st.composite
def samples(draw) -> pl.DataFrame:
    """Columns of a few kinds of cells each, so that types, enums and keys really come up."""
    headings = draw(
        st.lists(HEADINGS, min_size=1, max_size=5, unique=True).filter(
            lambda found: any(map(str.strip, found))
        )
    )
    rows = draw(st.sampled_from([1, 5, 25, 60, 120]))
    dice = random.Random(draw(st.integers(0, 2**32)))
    columns = {}
    for heading in headings:
        if draw(st.integers(0, 5)) == 0:
            columns[heading] = [f"{i}" for i in range(rows)]
            continue
        pool = draw(st.lists(CELLS, min_size=1, max_size=6))
        columns[heading] = [dice.choice(pool) for _ in range(rows)]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def test_a_heading_that_looks_like_a_pattern_is_a_heading():
    numbers = column(lambda i: str(i % 90), heading="N")

    assert column(lambda i: str(i % 90), heading="^I.*$") == {**numbers, "name": "^I.*$"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_every_sample_passes_the_contract_that_was_drafted_from_it(frame):
    assert audited(compiled(drafted(frame).text(), "thing"), frame) == []


@pytest.mark.parametrize("year", [1, 5, 9995])
def test_bounds_of_dates_stay_within_the_calendar(year):
    bounds = column(lambda i: f"{year:04}-01-{i % 28 + 1:02}", "STARTED")["logicalTypeOptions"]

    assert bounds["minimum"] >= "0001-01-01"
    assert bounds["maximum"] <= "9999-12-31"


def test_a_sample_without_headings_is_refused_with_the_reason():
    with pytest.raises(SpecError, match="it has no heading"):
        drafted(pl.DataFrame({"": ["0"], " ": ["1"]}))


def test_ids_of_ten_digits_are_no_phone_numbers():
    ids = column(lambda i: f"60{i:08}", "PROVIDER_SERVICE_CODE_ID")
    phones = column(lambda i: f"515{i + 2_000_000:07}", "MAIN_NUMBER")

    assert "classification" not in ids
    assert phones["classification"] == "private"


@pytest.mark.parametrize(
    "heading", ["Diagnosis", "HIVStatus", "marital_status", "Citizenship", "Is Pregnant"]
)
def test_few_values_of_what_is_told_of_people_are_not_listed(heading):
    prop = column(lambda i: ("one", "two")[i % 2], heading)

    assert (prop["classification"], "enum" in prop) == ("private", False)
