"""A load once more, out of what was kept: it ends where a fresh load under the new contract ends."""

from __future__ import annotations

import multiprocessing
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dagster_ingest.errors import Unavailable
from dagster_ingest.extract import replay
from dagster_ingest.extract.gathered import NothingToReplay
from dagster_ingest.faults import VARIABLE
from dagster_ingest.spec.contract import Review
from dagster_ingest.spec.models import ColumnState, Policy
from dagster_ingest.spec.resolved import SourceSpec
from dagster_ingest.validate.audit import Auditor
from tests.extract.conftest import World, contract

LENIENT = Policy(on_reject="quarantine", max_share=0.9)
ROWS = "ID,NAME,NOTE\n1,a,x\n2,bb,y\n3,c,z\n4,dd,\n"


class Replays:
    """A world that also replays."""

    def __init__(self, world) -> None:
        self.world = world

    def parts(self, table: str):
        source = SourceSpec("feed", "csv", "files", self.world.mode, self.world.binding, self.world.tables)
        tenant = SimpleNamespace(name="acme", states=self.world.states, file=Path("tenant.yaml"))
        return tenant, source, source.table(table)

    def __call__(self, state: str = "IA", table: str = "services"):
        self.world.loads += 1
        return replay.replay_table(
            *self.parts(table),
            state,
            landing=self.world.landing,
            audit=Auditor,
            load_id=f"load-{self.world.loads}",
        )

    def forecast(self, state: str = "IA", table: str = "services"):
        return replay.forecast(*self.parts(table), state, landing=self.world.landing, audit=Auditor)


@pytest.fixture
def replays(world) -> Replays:
    return Replays(world)


@pytest.fixture
def change(world, make):
    """Give the table of services other rules. Each contract has a checksum of its own."""

    def to(*rules, policy=LENIENT, columns=("ID", "NAME", "NOTE"), decode=None, pick="newest", **more):
        made = make.contract(*columns, rules=rules, **more)
        made = replace(
            made, checksum=f"{columns} {more} " + " ".join(f"{r.id} {r.params} {r.severity}" for r in rules)
        )
        world.table("services", made, policy=policy, decode=decode, path="{state}", pick=pick)

    return to


def one_letter(make):
    return make.rule("NAME", "length", max=1)


@pytest.fixture
def refused(world, make, change):
    """Rows 2 and 4 are in quarantine, the others are committed."""
    change(one_letter(make))
    world.put("ia/services.csv", ROWS)
    assert world.load().outcome == "committed"
    assert world.rows() == [("1", "a"), ("3", "c")]
    return world


def fresh(world, tmp_path, state="IA"):
    """What a load of the same delivery into an empty warehouse gives."""
    from dagster_ingest.land.duckdb import DuckDBLanding

    landing = DuckDBLanding(tmp_path / "elsewhere", "acme")
    return world.load(state, landing=landing)


def test_rows_that_now_pass_are_committed_in_their_old_places(refused, replays, change, tmp_path):
    change()
    result = replays()
    assert (result.outcome, result.replayed) == ("committed", 2)
    assert refused.rows("ID", "NAME", "NOTE", "_row_number", "_load_id", "_source_uri") == [
        ("1", "a", "x", 1, "load-2", "acme/ia/services.csv"),
        ("2", "bb", "y", 2, "load-2", "acme/ia/services.csv"),
        ("3", "c", "z", 3, "load-2", "acme/ia/services.csv"),
        ("4", "dd", "", 4, "load-2", "acme/ia/services.csv"),
    ]
    assert refused.quarantined() == []
    assert result.version.data_version == fresh(refused, tmp_path).version.data_version


def test_the_next_load_finds_the_delivery_unchanged(refused, replays, change):
    change()
    replays()
    assert refused.load().outcome == "unchanged"


def test_the_source_is_not_read(refused, replays, change):
    change()
    (refused.drops / "acme/ia/services.csv").unlink()
    assert replays().outcome == "committed"
    assert len(refused.rows()) == 4


def test_rows_that_still_fail_stay_with_their_new_rules_and_first_seen(refused, replays, change, make):
    before = {row.row_number: row for row in refused.landing.quarantined("feed_services")}
    change(make.rule("NOTE", "required"))
    result = replays()
    assert (result.outcome, result.replayed) == ("committed", 1)
    [row] = refused.landing.quarantined("feed_services")
    assert (row.row_number, row.rules, row.load_id) == (4, ("NOTE|required",), "load-2")
    assert row.first_seen == before[4].first_seen
    [gone] = [r for r in refused.landing.quarantined("feed_services", open_only=False) if r.row_number == 2]
    assert (gone.resolution, gone.resolved_by) == ("passed", "load-2")


def test_rows_that_passed_before_can_fail_now(refused, replays, change, make):
    change(make.rule("NAME", "enum", values=["a", "bb"]))
    assert replays().outcome == "committed"
    assert refused.rows() == [("1", "a"), ("2", "bb")]
    assert refused.quarantined() == [("IA", 3, ("NAME|enum",)), ("IA", 4, ("NAME|enum",))]


def test_a_blocked_delivery_is_replayed_from_what_was_held(world, replays, change, make, tmp_path):
    change(one_letter(make), policy=make.block)
    world.put("ia/services.csv", ROWS)
    assert world.load().outcome == "blocked"
    change(policy=make.block)
    result = replays()
    assert (result.outcome, result.replayed) == ("committed", 2)
    assert len(world.rows()) == 4
    assert world.landing.held.get("feed_services", "IA") is None
    assert world.load().outcome == "unchanged"
    assert result.version.data_version == fresh(world, tmp_path).version.data_version


def test_a_delivery_of_which_no_row_passed_is_replayed(world, replays, change, make):
    change(make.rule("NAME", "enum", values=["?"]), policy=make.block)
    world.put("ia/services.csv", ROWS)
    assert world.load().outcome == "blocked"
    change(policy=make.block)
    assert replays().replayed == 4
    assert len(world.rows()) == 4


def test_a_blocking_verdict_commits_nothing_and_says_why(refused, replays, change, make):
    change(make.rule("NOTE", "required"), policy=make.block)
    before = refused.landing.current("feed_services", "IA")
    result = replays()
    assert result.outcome == "blocked"
    assert "NOTE|required" in result.verdict.reason
    assert refused.landing.current("feed_services", "IA") == before
    with pytest.raises(NothingToReplay, match="nothing changed since that load"):
        replays()
    change()
    assert replays().outcome == "committed"
    assert len(refused.rows()) == 4


def test_nothing_changed_is_said_and_not_done(refused, replays):
    result = replays()
    assert result.outcome == "unchanged"
    assert "change the contract or the mapping first" in result.verdict.reason
    assert result.version.load_id == "load-1"


def test_a_second_replay_has_nothing_to_do(refused, replays, change):
    change()
    replays()
    assert replays().outcome == "unchanged"
    assert len(refused.rows()) == 4


def test_columns_and_codecs_are_those_of_now(refused, replays, change, make, tmp_path):
    refused.put("ia/services.csv", "ID,Extra,NAME,NOTE,More col\n1,e,7,x,m\n2,f,[1],y,n\n")
    assert refused.load().outcome == "committed"
    change(columns=("ID", "NAME", "NOTE", "MORE_COL", "Wanted"), decode={"NAME": "python_literal"})
    result = replays()
    assert result.outcome == "committed"
    assert refused.rows("ID", "NAME_json", "Extra", "MORE_COL", "Wanted") == [
        ("1", "7", "e", "m", None),
        ("2", "[1]", "f", "n", None),
    ]
    assert result.version.data_version == fresh(refused, tmp_path).version.data_version
    assert refused.load().outcome == "unchanged"


def test_a_heading_that_is_now_asked_for_blocks_where_it_was_not_delivered(refused, replays, change, make):
    change()
    table = refused.tables[0]
    columns = (
        *table.contract.columns,
        replace(table.contract.columns[1], name="MUST", field="MUST", optional=False),
    )
    refused.tables = (replace(table, contract=replace(table.contract, columns=columns, checksum="must")),)
    result = replays()
    assert (result.outcome, result.error.rule) == ("blocked", "MUST|present")
    assert len(refused.rows()) == 2


def test_malformed_records_stay_and_count(world, replays, change, make, tmp_path):
    change(one_letter(make))
    world.put("ia/services.csv", ROWS + "5,e\n6,f,,,\n")
    assert world.load().outcome == "committed"
    change()
    result = replays()
    assert (result.verdict.rows_read, result.verdict.rows_rejected) == (6, 2)
    assert world.quarantined() == [("IA", 5, ("*|column_count",)), ("IA", 6, ("*|column_count",))]
    assert world.load().outcome == "unchanged"


def test_a_file_of_malformed_records_alone_brings_no_row(world, replays, change, make, tmp_path):
    change(one_letter(make), pick="all")
    world.put("ia/services_1.csv", "ID,NAME,NOTE\n1,a\n2,b\n")
    world.put("ia/services_2.csv", "ID,NAME,NOTE\n3,c,\n4,d,\n")
    assert world.load().outcome == "committed"
    change(pick="all")
    result = replays()
    assert (result.verdict.rows_read, result.verdict.rows_rejected) == (4, 2)
    assert world.rows() == [("3", "c"), ("4", "d")]
    assert world.load().outcome == "unchanged"


def test_a_delivery_that_was_taken_back_leaves_the_partition_its_rejects(refused, replays, change, make):
    """Row 2 is refused in both deliveries, row 5 in the blocked one alone."""
    block = LENIENT.model_copy(update={"max_share": 0.5})
    change(one_letter(make), policy=block)
    refused.load()
    refused.put("ia/services.csv", "ID,NAME,NOTE\n1,a,x\n2,bb,y\n3,cc,z\n5,ee,\n")
    assert refused.load().outcome == "blocked"
    refused.put("ia/services.csv", ROWS)
    assert refused.load().outcome == "unchanged"
    assert refused.quarantined() == [("IA", 2, ("NAME|length",)), ("IA", 4, ("NAME|length",))]
    change(policy=block)
    assert replays().replayed == 2
    assert len(refused.rows()) == 4


def test_files_keep_their_order_and_their_own_headings(world, replays, change, make, tmp_path):
    change(one_letter(make), pick="all")
    world.put("ia/services_1.csv", "ID,NAME,Odd\n1,a,o\n2,bb,p\n")
    world.put("ia/services_2.csv", "NOTE,ID,NAME\nx,3,cc\ny,4,d\n")
    world.put("ia/services_3.csv", "ID,NAME,Later\n")
    assert world.load().outcome == "committed"
    change(pick="all")
    result = replays()
    assert result.replayed == 2
    assert sorted(world.rows("ID", "NAME", "NOTE", "Odd")) == [
        ("1", "a", None, "o"), ("2", "bb", None, "p"), ("3", "cc", "x", None), ("4", "d", "y", None),
    ]  # fmt: skip
    assert result.version.data_version == fresh(world, tmp_path).version.data_version


def test_the_second_of_two_equal_keys_comes_back(world, replays, change, make, tmp_path):
    """Rejected at the audit's end: the first row of a key stays when only its copy is equal."""
    change()
    world.put("ia/services.csv", "ID,NAME,NOTE\n1,a,x\n1,a,x\n2,b,\n2,c,\n3,d,\n")
    assert world.load().outcome == "committed"
    assert world.rows() == [("1", "a"), ("3", "d")]
    change(key=None)
    result = replays()
    assert result.replayed == 3
    assert result.version.data_version == fresh(world, tmp_path).version.data_version


def test_rows_of_no_state_come_to_the_state_that_the_mapping_now_gives_them(world, replays, make, tmp_path):
    world.binding = ColumnState(by="column", column="OWNER", values={"A": "IA", "B": "NE"})
    world.table("services", make.contract("ID", "OWNER"), policy=LENIENT)
    world.put("services.csv", "ID,OWNER\n1,A\n2,B\n3,C\n4,D\n")
    assert world.load("IA").outcome == world.load("NE").outcome == "committed"
    world.binding = ColumnState(by="column", column="OWNER", values={"A": "IA", "B": "NE", "C": "NE"})

    assert replays("IA").outcome == "committed"
    brought = replays("NE")

    assert (brought.outcome, brought.replayed) == ("committed", 1)
    assert world.rows("ID", "_row_number", state="NE") == [("2", 2), ("3", 3)]
    assert world.rows("ID", state="IA") == [("1",)]
    assert world.quarantined() == [("IA", 4, ("OWNER|state",))]
    assert world.load("IA").outcome == world.load("NE").outcome == "unchanged"
    assert replays("NE").outcome == "unchanged"


def test_rows_that_another_state_had_have_to_be_read_anew(world, replays, make):
    world.binding = ColumnState(by="column", column="OWNER", values={"A": "IA", "B": "NE"})
    world.table("services", make.contract("ID", "OWNER"), policy=LENIENT)
    world.put("services.csv", "ID,OWNER\n1,A\n2,B\n")
    world.load("IA")
    world.binding = ColumnState(by="column", column="OWNER", values={"A": "IA", "B": "IA"})
    with pytest.raises(NothingToReplay, match="rows of 'B' went to NE and go to IA now"):
        replays("IA")


def test_a_purged_row_is_missed(refused, replays, change):
    with refused.landing._store.writing() as cursor:
        cursor.execute("delete from quarantine.feed_services where _row_number = 2")
    change()
    with pytest.raises(NothingToReplay, match="of the 4 records of load load-1 3 are here"):
        replays()


def test_a_load_that_comes_in_between_is_not_overwritten(refused, replays, change, monkeypatch):
    change()
    run = replay.ReplayJob.run

    def late(job, request):
        refused.put("ia/services.csv", "ID,NAME,NOTE\n7,g,\n")
        assert refused.load(load_id="in-between").outcome == "committed"
        return run(job, request)

    monkeypatch.setattr(replay.ReplayJob, "run", late)
    with pytest.raises(Unavailable, match="another load came in"):
        replays()
    assert refused.rows() == [("7", "g")]


def test_a_forecast_counts_by_rule_and_keeps_nothing(refused, replays, change, make):
    change(make.rule("NOTE", "required"))
    files = sorted(refused.folder.rglob("*.*"))
    before = refused.landing.quarantined("feed_services", open_only=False)
    told = replays.forecast()
    assert (told.rows, told.passing, told.newly_refused) == (2, 1, 0)
    assert [(r.rule, r.rows, r.passing) for r in told.rules] == [("NAME|length", 2, 1)]
    assert told.verdict.outcome == "commit"
    assert refused.landing.quarantined("feed_services", open_only=False) == before
    assert [f for f in sorted(refused.folder.rglob("*.*")) if f.suffix != ".lock"] == [
        f for f in files if f.suffix != ".lock"
    ]
    assert len(refused.rows()) == 2


def test_dismissed_rows_stay_refused_and_count(refused, replays, change):
    assert refused.landing.quarantine.dismiss("feed_services", "IA", by="ann", note="test data", row=2) == 1
    change()
    told = replays.forecast()
    assert (told.rows, told.passing, told.dismissed) == (1, 1, 1)
    result = replays()
    assert (result.replayed, result.verdict.rows_rejected) == (1, 1)
    assert refused.rows() == [("1", "a"), ("3", "c"), ("4", "dd")]
    assert refused.quarantined() == []
    [kept] = [
        r for r in refused.landing.quarantined("feed_services", open_only=False) if r.resolved_at is None
    ]
    assert (kept.row_number, kept.rules, kept.dismissed_by) == (2, ("NAME|length",), "ann")
    assert replays().outcome == "unchanged"
    assert refused.load().outcome == "committed", "the source decides again: its rows are not all there"
    assert len(refused.rows()) == 4


def test_nothing_was_ever_loaded(world, replays):
    with pytest.raises(NothingToReplay, match="no delivery was read to its end yet"):
        replays()


def replay_in(folder: Path) -> None:
    """The world of `refused` under a contract without rules, replayed in a process that may be killed."""
    world = World(folder, loads=10)
    made = replace(contract("ID", "NAME", "NOTE"), checksum="relaxed")
    world.table("services", made, policy=LENIENT, path="{state}")
    Replays(world)()


@pytest.mark.parametrize("point", ["extract.staged", "land.sealed", "land.commit", "land.committed"])
def test_a_kill_anywhere_loses_nothing_and_commits_once(refused, replays, make, monkeypatch, point):
    made = replace(make.contract("ID", "NAME", "NOTE"), checksum="relaxed")
    refused.table("services", made, policy=LENIENT, path="{state}")
    with monkeypatch.context() as environment:
        environment.setenv(VARIABLE, point)
        process = multiprocessing.get_context("spawn").Process(target=replay_in, args=(refused.folder,))
        process.start()
        process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL

    refused.landing.recover()
    result = replays()

    assert result.outcome == ("unchanged" if point == "land.committed" else "committed")
    assert refused.rows() == [("1", "a"), ("2", "bb"), ("3", "c"), ("4", "dd")]
    assert refused.quarantined() == []
    assert refused.load().outcome == "unchanged"


def test_a_replay_that_is_taken_back_leaves_the_partition_its_rejects(world, replays, make):
    """It waited for review; then the contract is the one before again."""

    def under(longest, **more):
        made = make.contract("ID", "NAME", rules=(make.rule("NAME", "length", max=longest),), **more)
        made = replace(made, checksum=f"{longest}")
        world.table("services", made, policy=LENIENT, path="{state}")

    under(1)
    world.put("ia/services.csv", "ID,NAME\n1,a\n2,bb\n3,ccc\n")
    world.load()
    under(2, review=Review(always=True))
    assert (waits := replays()).outcome == "waiting"
    under(1)
    assert world.load().outcome == "unchanged"

    open_rows = {(row.row_number, row.load_id, row.blocked) for row in world.landing.quarantined()}
    assert open_rows == {(2, "load-1", False), (3, "load-1", False)}
    assert world.landing.held.decisions()[-1].load_id == waits.load_id
