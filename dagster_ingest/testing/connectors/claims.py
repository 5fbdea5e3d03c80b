"""Before a read: what the connector claims, finds, and refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.testing.connectors.helpers import inject
from dagster_ingest.testing.served import Provider, drain, table


class Claims:
    def test_it_claims_what_it_can(self, source: Provider):
        source.serve(table(3))
        capabilities = source.made().capabilities
        read = source.made().read(source.request())

        drain(read)

        assert capabilities.incremental or read.cursor() is None
        assert capabilities.deletes or read.deletions() is None

    def test_check_finds_the_source(self, source: Provider):
        source.serve(table(3))

        for name in ("things", ""):
            checked = source.made().check(source.request(table=name))
            assert checked.ok, checked.words
            assert checked.words.strip()

    @pytest.mark.parametrize("fault", ["denied", "unreachable", "absent"])
    def test_check_says_why_it_does_not(self, source: Provider, fault: str):
        source.serve(table(3))
        inject(source, fault)

        checked = source.made().check(source.request())

        assert not checked.ok
        assert len(checked.words) > 10

    def test_discover_gives_the_columns_in_their_order(self, source: Provider):
        served = table(3)
        source.serve(served)

        found = source.made().discover(source.request())

        assert [t.table for t in found] == [served.name]
        assert [c.name for c in found[0].columns] == list(served.columns)

    def test_wrong_settings_are_refused_before_anything_is_asked(self, source: Provider):
        source.serve(table(3))
        before = source.requests
        request = source.request()
        request = replace(request, settings={**request.settings, "no_such_setting": 1})

        with pytest.raises(SpecError, match="no_such_setting"):
            source.made().read(request)
        assert source.requests == before
