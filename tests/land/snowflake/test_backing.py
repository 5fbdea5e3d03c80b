"""Publishing, reading back and keeping, over the stand-in for Snowflake."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dagster_ingest.errors import LandError, Unavailable
from dagster_ingest.land import delivery
from tests.land.helpers import frame
from tests.land.snowflake import loads
from tests.land.snowflake.loads import TABLE, ids, part, run, simple

pytestmark = pytest.mark.snowflake

AWKWARD = {
    "ID": ["1", "2", "3", "4", "5", "6"],
    "Text": [
        "",
        None,
        "  trailing  ",
        "line\none\r\ntwo\ttab",
        "\\N and \\ and 'q' \"d\"",
        "😀 né \u2028 \x1f\x1e",
    ],
    "Number": ["007", "1e5", "-0.0", "12345678901234567890123", "NaN", "1,5"],
    "Empty": [None] * 6,
    "Order": ["null", "NULL", "None", "true", "2026-01-01", " "],
}


def test_a_first_load_is_read_back_verbatim(backing, folder):
    rows = frame("a", **AWKWARD)
    receipt = backing.publish([part(folder, rows, "a")])

    read = pl.DataFrame(backing.read("raw", TABLE, "FL", None))

    assert read.columns == rows.columns
    assert_frame_equal(read.sort("ID"), rows.sort("ID"))
    assert receipt.queries
    assert all(receipt.queries)
    assert receipt.details["rows"] == 6
    assert receipt.details["bytes_scanned"] >= 0


def test_a_part_that_is_fetched_is_the_part_that_was_published(backing, folder, tmp_path):
    landed = part(folder, frame("a", **AWKWARD), "a")
    backing.publish([landed])
    into = tmp_path / "elsewhere" / "a.parquet"
    into.parent.mkdir()

    backing.fetch(landed.version, into)

    assert_frame_equal(pl.read_parquet(into), pl.read_parquet(landed.path), check_row_order=False)
    assert delivery.of_part(into) == delivery.of_part(landed.path)
    assert [p.name for p in into.parent.iterdir()] == ["a.parquet"]


def test_a_table_of_three_hundred_columns(backing, folder, tmp_path):
    wide = {f"Column_{number}": [str(number), None] for number in range(300)}
    landed = part(folder, frame("a", **wide), "a")
    backing.publish([landed])

    backing.fetch(landed.version, tmp_path / "a.parquet")

    assert_frame_equal(
        pl.read_parquet(tmp_path / "a.parquet"), pl.read_parquet(landed.path), check_row_order=False
    )
    assert backing.content_versions([("raw", TABLE)], "FL")["raw", TABLE][1] == 2


@pytest.mark.slow
def test_a_cell_of_ten_megabytes_comes_back(backing, folder, tmp_path):
    landed = part(folder, frame("a", ID=["1", "2"], Text=["é" * 5_000_000, "x" * 10_000_000]), "a")
    backing.publish([landed])

    backing.fetch(landed.version, tmp_path / "a.parquet")

    assert_frame_equal(
        pl.read_parquet(tmp_path / "a.parquet"), pl.read_parquet(landed.path), check_row_order=False
    )


def test_versions_are_the_very_records(backing, folder):
    florida, alabama = simple(folder, "a", ["1"]), simple(folder, "b", ["2"], state="AL")
    assert backing.versions() == {}

    backing.publish([florida, alabama])

    assert backing.versions() == {
        ("raw", TABLE, "FL"): florida.version,
        ("raw", TABLE, "AL"): alabama.version,
    }
    assert backing.versions("AL") == {("raw", TABLE, "AL"): alabama.version}
    assert (ids(backing), ids(backing, state="AL"), ids(backing, state=None)) == (["1"], ["2"], ["1", "2"])


def test_a_load_replaces_its_partition_alone(backing, folder):
    backing.publish([simple(folder, "a", ["1", "2"]), simple(folder, "b", ["3"], state="AL")])

    backing.publish([simple(folder, "c", ["4"], replaces="a")])

    assert (ids(backing), ids(backing, state="AL")) == (["4"], ["3"])


def test_a_load_that_is_there_already_is_left_alone(backing, folder, stand_in):
    landed = simple(folder, "a", ["1"])
    backing.publish([landed])
    stand_in.forget()

    backing.publish([landed])

    words = {row["QUERY_TEXT"].split()[0].upper() for row in stand_in.history()}
    assert words <= {"SELECT", "ALTER"}
    assert ids(backing) == ["1"]


def test_nothing_is_published_over_a_load_that_is_not_known(backing, folder, stand_in):
    backing.publish([simple(folder, "a", ["1"])])
    fresh = simple(folder, "c", ["9"], state="AL")

    with pytest.raises(Unavailable, match="holds load a, not z"):
        backing.publish([fresh, simple(folder, "b", ["2"], replaces="z")])
    with pytest.raises(Unavailable, match=r"holds load \(none\), not a"):
        backing.publish([simple(folder, "d", ["2"], state="AL", replaces="a")])

    assert set(backing.versions()) == {("raw", TABLE, "FL")}
    assert ids(backing, state=None) == ["1"]


def test_a_partial_load_changes_only_the_difference(backing, folder, stand_in):
    first = frame("a", ID=["1", "2", "3"], Name=["x", "y", "z"])
    backing.publish([part(folder, first, "a")])
    fresh = frame("b", start=50, ID=["2", "4"], Name=["changed", "new"])
    merged = pl.concat([first.filter(pl.col("ID") != "2"), fresh])
    more = pl.concat([merged, frame("a", start=20, ID=["5", "6"], Name=["p", "q"])])
    stand_in.forget()

    backing.publish([part(folder, merged.filter(pl.col("ID") != "4"), "b", replaces="a")])

    deletes = [r["QUERY_TEXT"] for r in stand_in.history() if r["QUERY_TEXT"].startswith('DELETE FROM "')]
    assert any("NOT IN" in text for text in deletes)
    assert not any("NOT IN" not in text and TABLE.upper() in text for text in deletes)
    expected = merged.filter(pl.col("ID") != "4")
    assert_frame_equal(pl.DataFrame(backing.read("raw", TABLE, "FL", None)).sort("ID"), expected.sort("ID"))

    # Rows of load `a` that Snowflake does not have: the difference is not enough, and is not believed.
    backing.publish([part(folder, more, "c", replaces="b")])
    assert_frame_equal(pl.DataFrame(backing.read("raw", TABLE, "FL", None)).sort("ID"), more.sort("ID"))


def test_empty_partitions_can_be_landed_and_fetched(backing, folder, tmp_path):
    backing.publish([simple(folder, "a", ["1"])])
    landed = simple(folder, "b", [], replaces="a")
    backing.publish([landed])

    backing.fetch(landed.version, tmp_path / "b.parquet")

    assert ids(backing) == []
    assert_frame_equal(pl.read_parquet(tmp_path / "b.parquet"), pl.read_parquet(landed.path))


def test_superseded_loads_are_kept_up_to_a_bound(open_backing, folder, tmp_path, stand_in, database):
    backing = open_backing(keep=2)
    landed = [simple(folder, name, [name]) for name in "abcd"]
    before = ""
    for one in landed:
        backing.publish([type(one)(one.version, one.path, before, one.contract)])
        before = one.version.load_id

    kept = [version.load_id for version in backing.history(TABLE, "FL")]
    backing.fetch(landed[1].version, tmp_path / "b.parquet")

    assert kept == ["d", "c", "b"]
    assert pl.read_parquet(tmp_path / "b.parquet")["ID"].to_list() == ["b"]
    with pytest.raises(LandError, match="rows of load a are not kept") as found:
        backing.fetch(landed[0].version, tmp_path / "a.parquet")
    assert "d, c, b" in str(found.value)
    assert len(_candidates(stand_in, database)) == 3


def test_a_load_that_comes_back_leads_its_history_once(backing, folder, tmp_path):
    """As a rollback does it: an earlier load's rows, with other inputs."""
    backing.publish([simple(folder, "a", ["1"])])
    backing.publish([simple(folder, "b", ["2"], replaces="a")])

    backing.publish([simple(folder, "a", ["1"], replaces="b", inputs="inputs of b")])

    assert [v.load_id for v in backing.history(TABLE, "FL")] == ["a", "b"]
    assert backing.history(TABLE, "FL")[0].inputs == "inputs of b"
    assert ids(backing) == ["1"]


def test_columns_are_added_and_stay(backing, folder):
    backing.publish([simple(folder, "a", ["1"]), simple(folder, "b", ["2"], state="AL")])
    wider = frame("c", ID=["3"], Name=["n"], Added=["new"])

    backing.publish([part(folder, wider, "c", replaces="a")])
    read = pl.DataFrame(backing.read("raw", TABLE, None, None)).sort("ID")
    backing.publish([simple(folder, "d", ["4"], replaces="c")])

    assert read["Added"].to_list() == [None, "new"]
    assert read.columns == ["ID", "Name", "Added", *wider.columns[3:]]
    assert ids(backing) == ["4"]


def test_a_column_that_the_contract_renames_keeps_its_rows(open_backing, folder, tmp_path):
    before, after = open_backing(), open_backing(spec=loads.renaming("Label", was="Name"))
    first, other = simple(folder, "a", ["1"]), simple(folder, "b", ["2"], state="AL")
    before.publish([first, other])

    after.publish([part(folder, frame("c", ID=["3"], Label=["new"]), "c", replaces="a")])
    read = pl.DataFrame(after.read("raw", TABLE, None, None)).sort("ID")
    after.fetch(first.version, tmp_path / "a.parquet")
    after.fetch(other.version, tmp_path / "b.parquet")

    assert read.columns[:2] == ["ID", "Label"]
    assert "Name" not in read.columns
    assert read["Label"].to_list() == ["name of 2", "new"]
    for landed, fetched in ((first, "a.parquet"), (other, "b.parquet")):
        assert_frame_equal(pl.read_parquet(tmp_path / fetched), pl.read_parquet(landed.path))


def test_content_versions_hang_on_rows_and_not_on_their_order(backing, folder):
    one, other = "wellsky_services", "wellsky_location"
    rows = frame("a", ID=["1", "2"], Name=["x", None])
    again = frame("b", start=7, ID=["2", "1"], Name=[None, "x"])
    emptied = frame("c", ID=["1", "2"], Name=["x", ""])
    backing.publish([part(folder, rows, "a", one), part(folder, again, "b", other)])

    first = backing.content_versions([("raw", one), ("raw", other)], "FL")
    backing.publish([part(folder, emptied, "c", one, replaces="a")])
    second = backing.content_versions([("raw", one)], "FL")
    without = backing.content_versions([("raw", one), ("raw", other)], "FL", exclude=["Name"])

    assert first["raw", one] == first["raw", other]
    assert first["raw", one][1] == 2
    assert second["raw", one] != first["raw", one]
    assert without["raw", one] == without["raw", other]
    with pytest.raises(LandError, match=r"no table elt\.service"):
        backing.content_versions([("elt", "service")], "FL")


def test_models_are_read_without_the_columns_of_the_platform(backing, folder, stand_in, database):
    run(
        stand_in.port,
        f"create schema {database}.ELT_GULF",
        f"create table {database}.ELT_GULF.SERVICE (id varchar, n number(38,0), price number(10,2),"
        " open boolean, on_day date, seen timestamp_ntz, _state varchar)",
        f"insert into {database}.ELT_GULF.SERVICE values"
        " ('a', 1, 1.25, true, '2026-01-02', '2026-01-02 03:04:05', 'FL'),"
        " ('b', 2, 0.5, false, '9999-12-31', '9999-12-31 23:59:59', 'FL'),"
        " (null, null, null, null, null, null, 'FL')",
    )

    found = backing.read("elt", "service", "FL", None)

    assert found.column_names == ["id", "n", "price", "open", "on_day", "seen"]
    assert [str(field.type) for field in found.schema] == [
        "string", "int64", "decimal128(10, 2)", "bool", "date32[day]", "timestamp[us]"
    ]  # fmt: skip
    assert found.num_rows == 3
    assert found.column("seen")[1].as_py() == datetime(9999, 12, 31, 23, 59, 59)
    assert backing.read("elt", "service", "AL", ["id"]).num_rows == 0
    assert backing.content_versions([("elt", "service")], "FL")["elt", "service"][1] == 3


def _candidates(stand_in, database) -> list[str]:
    rows = run(
        stand_in.port,
        f"select table_name from {database}.information_schema.tables"
        " where startswith(table_name, '_INGEST_LOAD_')",
    )
    return [name for (name,) in rows]
