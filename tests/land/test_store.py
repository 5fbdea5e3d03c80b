import pytest

from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.land.store import Store

SETUP = "create schema if not exists s; create table if not exists s.t (n integer);"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "gulf.duckdb", SETUP)


def test_a_file_whose_first_write_failed_reads_as_none_and_takes_the_next_write(store):
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError

    assert store.path.exists()
    with store.reading() as cursor:
        assert cursor is None

    with store.writing() as cursor:
        cursor.execute("insert into s.t values (2)")
    with store.reading() as cursor:
        assert cursor.execute("from s.t").fetchall() == [(2,)]


def test_another_process_sees_that_nothing_was_committed(store):
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError

    landing = DuckDBLanding(store.path.parent, "gulf")

    assert list(landing.versions("AL")) == []
    assert landing.quarantined() == []
