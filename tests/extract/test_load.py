"""A load commits, finds nothing new, or is blocked; whatever happens, the last good partition stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest import naming
from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.spec.models import WholeState

GOOD = "ID,NAME,NOTE\n1,a,x\n2, b ,NULL\n"


def test_a_first_load_lands_every_cell_verbatim_with_its_origin(world):
    world.put("ia/services.csv", GOOD)
    result = world.load()
    assert result.outcome == "committed"
    assert result.verdict.reason.startswith("2 rows passed")
    assert result.files == ("acme/ia/services.csv",)
    assert result.bytes == len(GOOD)
    assert result.version == world.landing.current("feed_services", "IA")
    assert result.version.rows == 2
    assert result.version.bytes > 0
    assert not result.same_rows
    assert world.rows("ID", "NAME", "NOTE", *naming.SYSTEM_COLUMNS[:3], "_source_uri", "_row_number") == [
        ("1", "a", "x", "acme", "IA", "load-1", "acme/ia/services.csv", 1),
        ("2", " b ", "NULL", "acme", "IA", "load-1", "acme/ia/services.csv", 2),
    ]


def test_the_same_file_again_reads_nothing(world):
    world.put("ia/services.csv", GOOD)
    first = world.load()
    again = world.load()
    assert again.outcome == "unchanged"
    assert again.version == first.version
    assert again.verdict.outcome == "commit"
    assert "the input is that of load load-1" in again.verdict.reason
    assert world.rows("_load_id") == [("load-1",), ("load-1",)]


def test_the_same_rows_in_another_file_give_the_same_data_version(world):
    world.put("ia/services.csv", GOOD)
    first = world.load()
    world.put("ia/services.csv", 'ID,NAME,NOTE\r\n"2", b ,NULL\r\n1,"a",x\r\n')
    again = world.load()
    assert (again.outcome, again.same_rows) == ("committed", True)
    assert again.version.data_version == first.version.data_version
    assert again.version.inputs != first.version.inputs
    assert world.load().outcome == "unchanged"


def test_one_changed_cell_changes_the_data_version(world):
    world.put("ia/services.csv", GOOD)
    first = world.load()
    world.put("ia/services.csv", GOOD.replace("x", "y"))
    again = world.load()
    assert again.version.data_version != first.version.data_version
    assert not again.same_rows
    assert world.rows("NOTE") == [("y",), ("NULL",)]


def test_a_new_contract_loads_the_same_file_anew(world):
    world.put("ia/services.csv", GOOD)
    world.load()
    table = world.tables[0]
    world.tables = (replace(table, contract=replace(table.contract, checksum="second")),)
    assert world.load().outcome == "committed"


def test_a_new_policy_loads_the_same_file_anew(world, make):
    world.put("ia/services.csv", GOOD)
    world.load()
    world.tables = (replace(world.tables[0], policy=make.quarantine),)
    assert world.load().outcome == "committed"


def test_states_are_loaded_apart(world):
    world.put("ia/services.csv", GOOD)
    world.put("ne/services.csv", "ID,NAME,NOTE\n9,z,\n")
    world.load("IA")
    world.load("NE")
    assert world.rows(state="NE") == [("9", "z")]
    assert world.rows(state="IA") == [("1", "a"), ("2", " b ")]


def test_a_bad_row_blocks_and_the_last_good_rows_stand(world):
    world.put("ia/services.csv", GOOD)
    first = world.load()
    world.put("ia/services.csv", GOOD + ",c,\n")
    result = world.load()
    assert result.outcome == "blocked"
    assert result.error is None
    assert result.version == first.version
    assert [(r.rule, r.failed) for r in result.verdict.failed_rules] == [("ID|required", 1)]
    assert world.rows() == [("1", "a"), ("2", " b ")]
    assert world.quarantined() == [("IA", 3, ("ID|required",))]


def test_the_fix_of_a_blocked_drop_is_committed(world):
    world.put("ia/services.csv", GOOD + ",c,\n")
    assert world.load().outcome == "blocked"
    assert world.load().outcome == "blocked"
    world.put("ia/services.csv", GOOD + "3,c,\n")
    assert world.load().outcome == "committed"
    assert world.quarantined() == []


def test_bad_rows_are_set_aside_where_the_policy_allows_it(world, make):
    world.tables = (replace(world.tables[0], policy=make.quarantine),)
    world.put("ia/services.csv", GOOD + ",c,\n4,d\n")
    result = world.load()
    assert result.outcome == "committed"
    assert result.malformed == {"*|column_count": 1}
    assert (result.verdict.rows_read, result.verdict.rows_accepted, result.verdict.rows_rejected) == (4, 2, 2)
    assert result.version.rows == 2
    assert world.quarantined() == [("IA", 3, ("ID|required",)), ("IA", 4, ("*|column_count",))]


def test_duplicate_keys_leave_the_partition_and_its_digest(world, make):
    world.tables = (replace(world.tables[0], policy=make.quarantine),)
    world.put("ia/services.csv", GOOD)
    clean = world.load()
    world.put("ia/services.csv", GOOD + "3,c,\n3,d,\n")
    result = world.load()
    assert result.outcome == "committed"
    assert result.version.rows == 2
    assert world.rows() == [("1", "a"), ("2", " b ")]
    assert [(n, rules) for _, n, rules in world.quarantined()] == [
        (3, ("ID|primary_key",)),
        (4, ("ID|primary_key",)),
    ]
    assert clean.version.rows == result.version.rows


def test_a_key_column_that_is_missing_blocks(world):
    world.put("ia/services.csv", "IDENT,NAME\n1,a\n")
    result = world.load()
    assert result.outcome == "blocked"
    assert result.error.rule == "ID|present"
    assert "missing column: 'ID'" in result.verdict.reason
    assert [r.rule for r in result.verdict.failed_rules] == ["ID|present"]


def test_drift_is_told_and_lands(world):
    world.put("ia/services.csv", "name,Extra Note,id\na,more,1\n")
    result = world.load()
    assert result.outcome == "committed"
    assert result.drift.added == ("Extra_Note",)
    assert result.drift.missing == ("NOTE",)
    assert result.columns == ("ID", "NAME", "NOTE", "Extra_Note")
    assert world.rows("ID", "NAME", "NOTE", "Extra_Note") == [("1", "a", None, "more")]


def test_children_see_the_keys_of_the_parent_loaded_before(world, make):
    parent = make.contract("ID", "NAME")
    key = make.rule("ORG", "foreign_key", table="orgs", columns=["ID"])
    world.table("orgs", parent, path="{state}")
    child = make.contract("ID", "ORG", rules=(key,))
    world.table("services", child, parents=("orgs",), policy=make.quarantine, path="{state}")
    world.put("ia/orgs.csv", "ID,NAME\nA,x\n")
    world.put("ia/services.csv", "ID,ORG\n1,A\n2,B\n")
    world.load(table="orgs")
    result = world.load()
    assert world.rows("ID", "ORG") == [("1", "A")]
    assert [r.rule for r in result.verdict.failed_rules] == ["ORG|foreign_key"]

    world.put("ia/orgs.csv", "ID,NAME\nA,x\nB,y\n")
    world.load(table="orgs")
    assert world.load().outcome == "committed", "the parent's rows are an input of the child"
    assert world.rows("ID", "ORG") == [("1", "A"), ("2", "B")]
    assert world.load().outcome == "unchanged"


def test_a_child_whose_parent_never_landed_is_blocked(world, make):
    world.table("orgs", make.contract("ID"), path="{state}")
    key = make.rule("ORG", "foreign_key", table="orgs", columns=["ID"])
    world.table("services", make.contract("ID", "ORG", rules=(key,)), parents=("orgs",), path="{state}")
    world.put("ia/services.csv", "ID,ORG\n1,A\n")
    result = world.load()
    assert result.outcome == "blocked"
    assert result.error.rule == "ORG|foreign_key"
    assert "load orgs before services" in result.verdict.reason


def test_a_shrinking_delivery_is_measured_against_the_last_good_load(world, make):
    ratio = make.rule("*", "row_count_ratio", min=0.8)
    of = make.contract("ID", "NAME", rules=(replace(ratio, columns=()),))
    world.table("services", of, path="{state}")
    world.put("ia/services.csv", "ID,NAME\n" + "".join(f"{i},n\n" for i in range(10)))
    world.load()
    world.put("ia/services.csv", "ID,NAME\n1,n\n")
    result = world.load()
    assert result.outcome == "blocked"
    assert "*|row_count_ratio" in result.verdict.reason
    assert len(world.rows()) == 10


def test_a_state_that_the_tenant_does_not_have_is_a_spec_error(world):
    with pytest.raises(SpecError) as caught:
        world.load("TX")
    assert "the tenant acme does not have the state 'TX'" in str(caught.value)
    assert "use one of IA, NE" in str(caught.value)


def test_an_interruption_is_raised_and_leaves_nothing(world):
    world.put("ia/services.csv", GOOD)
    first = world.load()
    path = world.put("ia/services.csv", GOOD + "3,c,\n")

    class Interrupted(type(world.landing)):
        def begin(self, *args, **more):
            candidate = super().begin(*args, **more)
            path.write_text(GOOD + "4,d,\n")
            return candidate

    landing = Interrupted(world.folder / "warehouse", "acme")
    with pytest.raises(Unavailable, match="changed while it was read"):
        world.load(landing=landing)
    assert world.landing.current("feed_services", "IA") == first.version
    assert world.rows() == [("1", "a"), ("2", " b ")]
    assert len(list((world.folder / "warehouse").rglob("*.parquet*"))) == 1


def test_a_whole_state_takes_the_whole_feed(world, make):
    world.states, world.binding = ("PA",), WholeState()
    world.table("services", make.contract("ID", "NAME"))
    world.put("services.csv", "ID,NAME\n1,a\n")
    assert world.load("PA").outcome == "committed"
    assert world.rows(state="PA") == [("1", "a")]


def test_what_it_took_is_told(world):
    world.put("ia/services.csv", GOOD)
    result = world.load()
    assert result.seconds > 0
    assert result.cpu_seconds > 0
    assert result.load_id == "load-1"
    assert result.contract_version == "1.0.0"
