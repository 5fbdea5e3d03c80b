"""What a store shows of a stage table."""

from __future__ import annotations

import pytest

from dagster_ingest.publish.shown import services, shown
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows


def test_the_package_shows_hsds_fields_as_csv_and_within_services() -> None:
    assert shown("hsds_package", "service", ["fees_description", "_tenant", "no_such_field"]) == {
        "services.csv": ("fees_description",),
        "services.jsonl": ("service.fees_description",),
    }


def test_the_package_does_not_show_what_is_no_entity() -> None:
    assert shown("hsds_package", "search_record", ["fees"]) == {}


def test_postgres_shows_hsds_tables_and_the_flat_table_as_it_is() -> None:
    assert shown("postgres", "service", ["fees_description", "_source_id"]) == {
        "service": ("fees_description",)
    }
    assert shown("postgres", "search_record", ["fees"]) == {"search_record": ("fees",)}


def test_a_reader_that_is_not_described_is_taken_to_show_everything() -> None:
    assert shown("new_store", "service", ["fees_description"]) == {"service": ("fees_description",)}


def test_stores_of_documents_show_fields_of_documents() -> None:
    assert shown("opensearch", "taxonomy_term", ["code", "_tenant", "parent_id"]) == {
        "resources": ("taxonomies.code",),
        "taxonomies_v2": ("code",),
    }
    assert shown("mongodb", "search_record", ["fees", "url"]) == {
        "resources": ("translations.fees", "website")
    }
    assert shown("opensearch", "cost_option", ["option"]) == {}


@pytest.mark.parametrize(
    ("reader", "count"), [("hsds_package", 4), ("postgres", 4), ("opensearch", 3), ("mongodb", 3)]
)
def test_services_are_counted_as_the_reader_shows_them(reader, count) -> None:
    rows = search_rows(4)
    rows["search_record"] += [{**rows["search_record"][0], "id": "again", "service_at_location_id": "again"}]
    rows["search_record"][-2]["service_at_location_id"] = None
    assert services(reader, stage_partition(rows)) == count
