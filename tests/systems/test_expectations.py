"""Every system, from a small source written by hand to its published rows, written down by hand, too.

Day one shows how records roll up and that nothing private gets through; on day two records are deleted, turn
private or inactive, each in the way that its system knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest

from dagster_ingest.testing.http import FakeServer
from tests.dbt_elt.rule_cases import register
from tests.systems.expectations import icarol_api
from tests.systems.expectations.canary import ORDER
from tests.systems.whole import Whole

pytestmark = pytest.mark.slow

COLUMNS = {
    "organization": ("id", "name"),
    "service": ("id", "organization_id", "name"),
    "location": ("id", "location_type", "latitude"),
    "service_at_location": ("id", "service_id", "location_id"),
    "address": ("location_id", "address_1", "city", "postal_code", "address_type"),
    "phone": ("organization_id", "service_id", "location_id", "service_at_location_id", "number"),
    "contact": ("id",),
    "organization_identifier": ("id",),
}
KEPT_BACK = {"contact": [], "organization_identifier": []}
SYSTEMS = {name: import_module(f"tests.systems.expectations.{name}") for name in ORDER}


@dataclass
class Day:
    """published: system to entity to rows. hits: where canaries, and what goes on day two, were found."""

    published: dict[str, dict[str, list[tuple[str, ...]]]]
    leaks: list[tuple[str, str]]
    going: list[tuple[str, str]]


@pytest.fixture(scope="module")
def days(tmp_path_factory, parsed_projects):
    """Both days of the tenant, made once."""
    with FakeServer() as icarol, FakeServer() as hsds, pytest.MonkeyPatch.context() as patch:
        servers = {"icarol_api": icarol, "hsds_api": hsds}
        sources = {
            name: module.SOURCE.replace("URL", servers[name].url if name in servers else "")
            for name, module in SYSTEMS.items()
        }
        whole = Whole(tmp_path_factory.mktemp("whole"), parsed_projects, sources)
        for name, value in {**whole.variables(), "ACME__ICAROL_KEY": icarol_api.KEY}.items():
            patch.setenv(name, value)
        yield {number: _day(whole, servers, number) for number in (1, 2)}


def _day(whole: Whole, servers: dict[str, FakeServer], number: int) -> Day:
    for name, module in SYSTEMS.items():
        if name in servers:
            servers[name].clear()
            module.serve(servers[name], number)
        else:
            whole.deliver(module.files(number))
    whole.publish()
    planted = [token for module in SYSTEMS.values() for token in module.CANARIES.planted]
    going = [token for module in SYSTEMS.values() for token in module.GOES]
    return Day(whole.published(COLUMNS), whole.hits(planted), whole.hits(going))


@pytest.mark.parametrize("system", ORDER)
@pytest.mark.parametrize("number", [1, 2], ids=["day one", "day two"])
def test_what_is_published_is_what_was_written_down(days, system, number):
    expected: dict[str, Any] = {**SYSTEMS[system].EXPECTED[number], **KEPT_BACK}

    assert days[number].published[system] == {entity: sorted(rows) for entity, rows in expected.items()}


@pytest.mark.parametrize("number", [1, 2], ids=["day one", "day two"])
def test_no_store_but_the_verbatim_ones_holds_a_private_value(days, number):
    places = {token: place for m in SYSTEMS.values() for token, place in m.CANARIES.planted.items()}

    assert len(places) > 400
    assert [(token, places[token], file) for token, file in days[number].leaks] == []


@pytest.mark.parametrize("system", ORDER)
def test_what_goes_was_shown_on_day_one_and_is_in_no_table_on_day_two(days, system):
    goes = SYSTEMS[system].GOES

    shown = {token for token, file in days[1].going if file.startswith("published/")}
    # Free blocks of a DuckDB file keep what was deleted until they are written over: its tables count.
    left = {(token, file) for token, file in days[2].going if token in goes and not file.endswith(".duckdb")}
    assert shown >= set(goes)
    assert left == set()


@pytest.mark.parametrize(
    ("system", "nested"), [("icarol", set()), ("visionlink", {"ServiceTaxonomy_ModuleServicepost"})]
)
def test_every_column_of_the_register_holds_a_canary(system, nested):
    module = SYSTEMS[system]
    module.files(1)

    assert register(system) - nested <= {p.rpartition(".")[2] for p in module.CANARIES.planted.values()}
