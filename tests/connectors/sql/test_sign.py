"""Whether a table of a real PostgreSQL has something new."""

from __future__ import annotations

import pytest

from dagster_ingest.connectors.sql.connector import SqlConnector

pytestmark = pytest.mark.postgres
TABLE = "CREATE TABLE things (id int PRIMARY KEY, name text, changed timestamp NOT NULL DEFAULT '2026-01-01')"


def test_rows_that_come_change_or_go_are_seen(ask, run):
    run(TABLE, "INSERT INTO things (id) VALUES (1), (2)")
    request = ask(watermark="changed")

    def sign():
        return SqlConnector().sign(request, "")

    first = sign()
    assert (sign(), first.after, first.base, first.fingerprint) == (first, first.value, "", "")
    seen = {first.value}
    for statement in (
        "INSERT INTO things (id) VALUES (3)",
        "UPDATE things SET changed = '2026-01-02' WHERE id = 1",
        "DELETE FROM things WHERE id = 2",
    ):
        run(statement)
        value = sign().value
        assert value not in seen
        seen.add(value)


def test_with_probe_it_is_the_fingerprint(ask, run):
    run(TABLE)
    request = ask(watermark="changed", probe=True)
    connector = SqlConnector()
    sign = connector.sign(request, "")
    assert sign.fingerprint == sign.value == connector.fingerprint(request).value
