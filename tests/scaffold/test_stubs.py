"""What is guessed of a new system's tables, and that no heading can break what is written."""

from __future__ import annotations

import ast
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ingest.extract.decode import CODECS
from dagster_ingest.naming import column_name
from dagster_ingest.scaffold.drafted import Drafted, codec_of, references, sentinels_of
from dagster_ingest.scaffold.models import model_files
from dagster_ingest.scaffold.proof import proof_text
from dagster_ingest.scaffold.roles import entities_of, role_of
from dagster_ingest.scaffold.stubs import Stubs
from dagster_ingest.scaffold.system import system_text

HEADINGS = st.lists(
    st.one_of(
        st.sampled_from(["Agency Name", "Phone", "ADDRESS_1", "City", "Zip", "Desc", "Hours", "URL", "Lat"]),
        st.text(min_size=1, max_size=30),
    ),
    min_size=2,
    max_size=12,
    unique_by=lambda text: column_name(text).lower(),
)


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Agency Name", "name"),
        ("ORG_NAME", "name"),
        ("ContactFirstName", None),
        ("Main Phone", "phone"),
        ("Phone1Extension", None),
        ("Contact Phone", None),
        ("E-mail", "email"),
        ("EmailAddress", "email"),
        ("Address 1", "address_1"),
        ("Street Address", "address_1"),
        ("ADDRESS_LINE_2", "address_2"),
        ("Address 3", None),
        ("County", "region"),
        ("ZipCode", "postal_code"),
        ("State", "state_province"),
        ("Intake Procedure", "application_process"),
        ("Status", "status"),
        ("Colour", None),
    ],
)
def test_headings_and_what_they_may_mean(heading, role):
    assert role_of(heading) == role


def test_tables_and_what_they_may_hold():
    assert entities_of({"agency": (), "acme_sites": (), "programs": (), "tags": ()}) == {
        "agency": "organization",
        "acme_sites": "location",
        "programs": "service",
    }
    assert entities_of({"resources": ("ID", "Name")}) == {"resources": "organization"}
    assert entities_of({"codes": ("ID", "Code")}) == {}


def test_a_reference_is_called_by_its_table_and_holds_its_keys_only():
    tables = {
        "agencies": {"ID": {"1", "2"}, "Name": {"a", "b"}},
        "sites": {"ID": {"7"}, "AGENCY_ID": {"1"}, "Agency Code": {"9"}, "Beds": {"2"}, "agency_note": set()},
    }

    found = references(tables, {"agencies": "ID", "sites": "ID"})

    assert found == {"agencies": {}, "sites": {"AGENCY_ID": "agencies"}}


def test_nested_values_have_a_codec():
    assert codec_of(["[]", "[{'a': 1}]"], CODECS) == "python_literal"
    assert codec_of(["[]", '[{"a": null}]'], CODECS) == "json"
    assert codec_of(["[]", "plain"], CODECS) is None
    assert codec_of(["[broken"], CODECS) is None
    assert codec_of([], CODECS) is None


def test_texts_that_seem_to_stand_for_nothing():
    assert sentinels_of("County", ["Polk", "-1", "N/A"]) == ("-1", "N/A")
    assert sentinels_of("Latitude", ["41.5", "0", "0.000"]) == ("0", "0.000")
    assert sentinels_of("Beds", ["0", "4"]) == ()
    assert sentinels_of("Verified", ["2026-01-01", "1900-01-01 00:00:00"]) == ("1900-01-01 00:00:00",)


def drafted(table: str, headings: list[str], private: dict[str, str] | None = None) -> Drafted:
    return Drafted(
        table, f"{table}.csv", 3, tuple(headings), headings[0], "", private=private or {},
        settings={"pattern": f"{table}*.csv"},
    )  # fmt: skip


@settings(deadline=None)
@given(HEADINGS, st.data())
def test_whatever_the_headings_are_the_files_are_sound(headings, data):
    private = dict.fromkeys(data.draw(st.lists(st.sampled_from(headings[1:]), unique=True)), "for a reason")
    tables = [drafted("agency", headings, private), drafted("service", headings, private)]
    stubs = Stubs("acme", tables)

    files = model_files(stubs)

    described = yaml.safe_load(system_text("acme", "Acme", tables, None))
    assert {h for group in described["register"].values() for h in group["columns"]} == set(private)
    read = yaml.safe_load(files["dbt_elt/models/acme/sources.yml"])
    assert [table["name"] for table in read["sources"][0]["tables"]] == ["agency", "service"]
    ast.parse(proof_text(stubs))
    for path, text in files.items():
        if path.endswith("__phone.sql") and {"Phone", "Main Phone"} & set(private):
            assert "and false" in text
        if path.endswith(".sql"):
            code = re.sub(r"\{#.*?#\}", "", text)
            assert code.count("{{") == code.count("}}") >= 1 - code.count("{%")
            assert "#}" not in code
            assert all(ord(sign) < 128 for sign in code)
