"""Files of one run: all of a run or none."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.connector import FilesConnector
from dagster_ingest.connectors.files.run_settings import OneRun
from dagster_ingest.errors import DataError, NothingDelivered, Unavailable

HOUR = 3600


class Drops:
    """A tenant's folder and the tables `a`, `b` and `c`, whose files belong together."""

    def __init__(self, folder: Path, **rule) -> None:
        self.folder, self.more = folder / "acme", {}
        self.rule = {"within": "1h", "grace": "2h", **rule}
        self.folder.mkdir()
        self.connector = FilesConnector()

    def put(self, *names: str, hours_ago: float = 0, content: str = "ID\n1\n") -> None:
        for name in names:
            path = self.folder / name
            path.write_text(content)
            at = time.time() - hours_ago * HOUR
            os.utime(path, (at, at))

    def request(self, table: str) -> ReadRequest:
        every = {t: {"pattern": f"*{t}_*csv", "set": self.rule, **self.more} for t in ("a", "b", "c")}
        return ReadRequest("acme", "feed", table, "IA", every[table], str(self.folder), siblings=every)

    def taken(self, *tables: str) -> list[str]:
        """The files that a load of the tables reads, in their order."""
        found = []
        for table in tables or ("a", "b", "c"):
            request = self.request(table)
            parts = self.connector.fingerprint(request).parts
            read = self.connector.read(request)
            assert [batch.uri for batch in read.batches()] == list(parts)
            found += [part.rpartition("/")[2] for part in parts]
        return found


@pytest.fixture
def drops(tmp_path):
    return Drops(tmp_path)


def day(number: int, tables: str = "abc") -> list[str]:
    return [f"x{table}_2026110{number}.csv" for table in tables]


def test_a_whole_set_is_taken(drops):
    drops.put(*day(1), *day(2))

    assert drops.taken() == day(2)


def test_while_the_rest_may_still_come_the_set_before_counts_for_every_table(drops):
    drops.put(*day(1), hours_ago=24)
    drops.put(*day(2, "ab"), hours_ago=1)

    assert drops.taken() == day(1)


def test_without_a_set_before_the_load_waits(drops):
    drops.put(*day(2, "ab"), hours_ago=1)

    for table in "abc":
        with pytest.raises(
            Unavailable, match=r"of 2026-11-02 there is xa_20261102.csv, xb_20261102.csv, but c"
        ):
            drops.taken(table)


def test_when_the_rest_never_came_every_table_is_refused(drops):
    drops.put(*day(1), hours_ago=24)
    drops.put(*day(2, "ab"), hours_ago=3)

    for table in "abc":
        with pytest.raises(DataError, match=r"c has xc_20261101[.]csv") as refused:
            drops.taken(table)
        assert refused.value.rule == "set|incomplete"
        assert "nothing of the set was read" in (refused.value.not_done or "")


def test_the_last_file_to_come_starts_the_wait_anew(drops):
    drops.put(*day(1), hours_ago=24)
    drops.put(*day(2, "a"), hours_ago=3)
    drops.put(*day(2, "b"), hours_ago=1)

    assert drops.taken() == day(1)


def test_files_of_several_runs_are_mixed(drops):
    drops.put(*day(1, "c"), *day(2, "a"), *day(3, "b"), hours_ago=3)

    with pytest.raises(
        DataError, match=r"not of one run: of 2026-11-03 there is xb_20261103[.]csv"
    ) as refused:
        drops.taken("a")
    assert refused.value.rule == "set|mixed"


def test_a_table_without_any_file_makes_the_set_incomplete(drops):
    drops.put(*day(1, "ab"), hours_ago=3)

    with pytest.raises(DataError, match="c has no file") as refused:
        drops.taken("a")
    assert refused.value.rule == "set|incomplete"


def test_a_run_that_arrives_between_two_tables_is_left_for_the_next_load(drops):
    drops.put(*day(1))
    assert drops.taken("a") == day(1, "a")

    drops.put(*day(2))

    assert drops.taken("b", "c") == day(1, "bc")
    assert drops.taken("a", "b", "c") == day(2)


def test_times_in_names_are_of_one_run_within_the_window(drops):
    early, late = "xa_20261102_0200.csv", "xc_20261102_0255.csv"
    drops.put(early, "xb_20261102_0210.csv", late, *day(1), hours_ago=3)
    assert drops.taken("a", "c") == [early, late]

    (drops.folder / late).rename(drops.folder / "xc_20261102_0301.csv")

    with pytest.raises(DataError, match="2026-11-02 03:01"):
        drops.taken("a")


def test_files_without_dates_go_by_their_times(drops):
    drops.put("xa_.csv", "xb_.csv", hours_ago=5)
    drops.put("xc_.csv", hours_ago=4.5)
    assert drops.taken() == ["xa_.csv", "xb_.csv", "xc_.csv"]

    drops.put("xa_.csv", hours_ago=0.5)
    with pytest.raises(Unavailable):
        drops.taken("b")

    drops.put("xa_.csv", hours_ago=2.5)
    with pytest.raises(DataError) as refused:
        drops.taken("b")
    assert refused.value.rule == "set|mixed"


def test_an_undated_file_beside_dated_ones_is_of_no_run(drops):
    drops.put(*day(1, "ab"), "xc_.csv", hours_ago=3)

    with pytest.raises(DataError, match=r"c has xc_[.]csv"):
        drops.taken("c")


def test_runs_by_a_mark_in_the_name(drops):
    drops.rule = {"stamp": r"_r([0-9]+)[.]", "grace": "2h"}
    drops.put("xa_r7.csv", "xb_r7.csv", "xc_r7.csv", hours_ago=30)
    drops.put("xa_r8.csv", "xb_r8.csv", hours_ago=3)

    with pytest.raises(DataError, match=r"of 8 there is xa_r8.csv, xb_r8.csv, but c has xc_r7.csv"):
        drops.taken("a")

    drops.put("xc_r8.csv")
    assert drops.taken() == ["xa_r8.csv", "xb_r8.csv", "xc_r8.csv"]


def test_members_of_one_archive_are_of_one_run(drops, tmp_path):
    import zipfile

    for number in (1, 2):
        with zipfile.ZipFile(drops.folder / f"export_2026110{number}.zip", "w") as archive:
            for table in "abc":
                archive.writestr(f"x{table}_.csv", f"ID\n{number}\n")

    assert drops.taken() == [f"export_20261102.zip!x{table}_.csv" for table in "abc"]


def test_of_partial_deliveries_every_run_is_whole(drops):
    drops.more = {"pick": "all"}
    drops.put(*day(1), *day(2), hours_ago=30)
    drops.put(*day(3, "ab"), hours_ago=1)
    assert drops.taken("a") == ["xa_20261102.csv", "xa_20261101.csv"]

    drops.put(*day(3, "c"))
    assert drops.taken("a", "c")[3:] == ["xc_20261103.csv", "xc_20261102.csv", "xc_20261101.csv"]

    (drops.folder / "xb_20261101.csv").unlink()
    with pytest.raises(DataError, match=r"of 2026-11-01 there is xa_20261101.csv, xc_20261101.csv, but b"):
        drops.taken("a")


def test_no_files_at_all_are_no_broken_set(drops):
    with pytest.raises(NothingDelivered):
        drops.taken("a")


def test_a_mark_has_one_group():
    with pytest.raises(ValueError, match="at most one group"):
        OneRun(stamp="(a)(b)")
    with pytest.raises(ValueError, match="no regular expression"):
        OneRun(stamp="(a")
