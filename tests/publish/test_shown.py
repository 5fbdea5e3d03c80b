"""What a store shows of a stage table."""

from __future__ import annotations

from dagster_ingest.publish.shown import shown


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
