"""The sample through the real way in: every contract holds, and the spoiled delivery does not."""

import pytest

from dagster_ingest.extract.source import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.naming import new_load_id
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import sample
from dagster_ingest.testing.sample import hsds

TABLES = {
    "prairie": {"resource"}, "capital": {"resource"}, "bayside": {"resource"},
    "keystone": {"agency", "service"},
    "gulf": {"organization", "location", "locationphone", "physicaladdress", "services"},
    "summit": {"source", "agency", "site", "service_group", "site_service"},
    "evergreen": {"source", "agency", "site", "service_group", "site_service"},
    "piedmont": set(hsds.TABLES),
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Load results by (day, tenant, state, table), one day's deliveries after the other."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings.load(home=home)
    loaded = load_tenants(settings)
    assert not loaded.errors
    found = {}
    for day in sample.DAYS:
        sample.write(settings.drops, day=day)
        for tenant in loaded.tenants:
            landing = DuckDBLanding(settings.warehouse, tenant.name)
            for state in tenant.states:
                for source in tenant.sources:
                    load = SourceLoad(tenant, source, state, landing, settings.drops)
                    for table in source.tables:
                        found[day, tenant.name, state, table.name] = load.run(table, new_load_id())
    return found


def test_every_table_is_there(results):
    tables = {}
    for _, tenant, _, table in results:
        tables.setdefault(tenant, set()).add(table)

    assert tables == TABLES


def test_day_one_is_committed_everywhere(results):
    day_one = {key: result for key, result in results.items() if key[0] == 1}

    assert {r.outcome for r in day_one.values()} == {"committed"}
    rejected = {key[1:]: r.verdict.rows_rejected for key, r in day_one.items() if r.verdict.rows_rejected}
    assert rejected == {("keystone", "PA", "service"): 1}
    assert results[1, "keystone", "PA", "service"].malformed == {"*|column_count": 1}


def test_day_one_breaks_no_rule_at_all(results):
    broken = {
        rule.rule for key, result in results.items() if key[0] == 1 for rule in result.verdict.failed_rules
    }

    assert broken == {"*|column_count"}


def test_day_two_blocks_one_table(results):
    blocked = [key[1:] for key, result in results.items() if key[0] == 2 and result.outcome == "blocked"]
    verdict = results[2, "gulf", "AL", "services"].verdict

    assert blocked == [("gulf", "AL", "services")]
    assert {r.rule for r in verdict.failed_rules} == set(sample.BROKEN_RULES)
    assert sum(r.failed for r in verdict.failed_rules) >= 24
    assert verdict.rows_accepted > verdict.rows_rejected


def test_day_two_sets_one_stray_value_aside(results):
    verdict = results[2, "prairie", "NE", "resource"].verdict

    assert [(r.rule, r.failed) for r in verdict.failed_rules] == [("ExcludeFromWebsite|pattern", 1)]
    assert results[2, "prairie", "IA", "resource"].verdict.rows_rejected == 0


def test_day_two_brings_a_new_column(results):
    drift = {key[1:]: r.drift.added for key, r in results.items() if key[0] == 2 and r.drift.added}

    assert drift == {
        ("keystone", "PA", "service"): ("ServiceCustom_AcceptsWalkIns",),
        ("summit", "CO", "site_service"): ("OnlineIntake",),
        ("evergreen", "WA", "site_service"): ("OnlineIntake",),
    }


def test_day_three_mends_the_blocked_table_and_touches_no_other(results):
    outcomes = {key[1:]: r.outcome for key, r in results.items() if key[0] == 3 and r.outcome != "unchanged"}

    assert outcomes == {("gulf", "AL", "services"): "committed"}
    assert not results[3, "gulf", "AL", "services"].verdict.failed_rules


def test_template_rows_leave_their_code_lists(results):
    codes = results[1, "keystone", "PA", "agency"].code_lists["AgencyOption_Status"]

    assert codes["78"] == "Cancelled - DO NOT USE"
