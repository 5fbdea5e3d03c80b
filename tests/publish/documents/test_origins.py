"""What is said of where a column shows is found again by changing the column and looking at the documents."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from dagster_ingest.publish.documents import (
    About,
    organization_documents,
    origins,
    records,
    resource_document,
    search_document,
    term_documents,
)
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

# What rows hang together by, and what decides whether a thing is shown and is not shown itself.
STRUCTURE = {"location_type", "extent_type", "link_entity", "freq", "status"}
TABLES = (
    "search_record", "service_area", "taxonomy", "taxonomy_term", "language", "attribute", "organization",
    "phone", "address", "contact", "schedule", "required_document",
)  # fmt: skip


def rows():
    """One record, every text of it there."""
    made = search_rows(1)
    [record] = made["search_record"]
    texts = {
        column for table, column in {**origins.SEARCH, **origins.resources()} if table == "search_record"
    }
    for column in sorted(texts):
        if record.get(column) is None:
            record[column] = 7.0 if column.endswith("_age") else f"some {column}"
    made["service_area"][0]["name"] = None  # else its description is not shown
    for address in made["address"]:
        address["address_2"] = "2nd floor"
    made["required_document"] = [r for r in made["required_document"] if r.get("service_id")]
    for phone in made["phone"]:
        phone |= {"extension": 4.0, "description": "desk"}
    for person in made["contact"]:
        person |= {"name": "A. Person", "title": "Desk", "email": "desk@example.org"}
    for organization in made["organization"]:
        organization |= {"alternate_name": "Org", "email": "org@example.org"}
    return made


def documents(some) -> dict[str, Any]:
    """By place, as the readers would store them."""
    partition = stage_partition(some, version="1")
    about = About.of(partition)
    [[record]] = list(records(partition, Counter()))
    found = {
        "SEARCH": search_document(record, about, "en"),
        "resources": resource_document(record, about),
        "TERMS": list(term_documents(partition, "en")),
        "ORGANIZATIONS": list(organization_documents(partition, about)),
    }
    return json.loads(json.dumps(found, default=str))


def leaves(value: Any, at: str = "") -> Counter[tuple[str, str]]:
    """(path, value) of every leaf; members of lists go by the list's path."""
    if isinstance(value, dict):
        parts = [leaves(each, f"{at}.{name}".lstrip(".")) for name, each in value.items()]
    elif isinstance(value, list):
        parts = [leaves(each, at) for each in value]
    else:
        return Counter([(at, str(value))])
    return sum(parts, Counter())


def other(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        return value.replace("-", "-1", 1)
    if isinstance(value, date):
        return value + timedelta(days=1)
    return value + 1 if isinstance(value, (int, float)) else f"other {value}"


def columns():
    made = rows()
    for table in TABLES:
        for column, value in made[table][0].items():
            if value is not None and column not in STRUCTURE and not column.endswith("id"):
                yield table, column


@pytest.mark.parametrize(("table", "column"), sorted(set(columns())))
def test_a_column_shows_where_it_is_said_to_and_nowhere_else(table, column) -> None:
    before, changed = rows(), copy.deepcopy(rows())
    for row in changed[table]:
        if row.get(column) is not None:
            row[column] = other(row[column])
    was, became = documents(before), documents(changed)
    said = {
        "SEARCH": origins.SEARCH,
        "TERMS": origins.TERMS,
        "ORGANIZATIONS": origins.ORGANIZATIONS,
        "resources": origins.resources(),
    }
    for place, known in said.items():
        one, two = leaves(was[place]), leaves(became[place])
        moved = {path for path, _ in (one - two) + (two - one)}
        fields = known.get((table, column), ())
        assert {p for p in moved if not any(f"{p}.".startswith(f"{f}.") for f in fields)} == set(), place
        assert {f for f in fields if not any(f"{p}.".startswith(f"{f}.") for p in moved)} == set(), place
