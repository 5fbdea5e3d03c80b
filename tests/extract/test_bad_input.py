"""Bad input gets a clear error, blocks its partition, and loses nothing that was there."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from dataclasses import replace

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.models import ColumnState

GOOD = "ID,NAME,NOTE\n1,a,x\n2,b,y\n"


@pytest.fixture
def loaded(world):
    """A world in which day one went well."""
    world.put("ia/services.csv", GOOD)
    assert world.load().outcome == "committed"
    (world.drops / "acme/ia/services.csv").unlink()
    return world


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("services.csv", content)
    return buffer.getvalue()


LONG = ("ID,NAME,NOTE\n" + "".join(f"{i},name {i * 7919 % 1000},note\n" for i in range(2000))).encode()

CASES = {
    "empty file": ("services.csv", b"", "file|empty", "the file is empty (0 bytes, no heading row)"),
    "blank file": ("services.csv", b"\n \n", "file|empty", "the file is empty (3 bytes"),
    "other delimiter": (
        "services.csv",
        b"ID;NAME;NOTE\n1;a;x\n",
        "file|delimiter",
        "has 1 column when split at ',', but 3 of the contract's 3 when split at ';'",
    ),
    "tabs": ("services.csv", b"ID\tNAME\tNOTE\n1\ta\tx\n", "file|delimiter", r"when split at '\t'"),
    "utf-16": ("services.csv", GOOD.encode("utf-16"), "file|encoding", "the file is UTF-16"),
    "neither utf-8 nor cp1252": (
        "services.csv",
        b"ID,NAME,NOTE\n1,\xe9\x81,x\n",
        "file|encoding",
        "byte 16 (0x81) is neither UTF-8 nor cp1252",
    ),
    "truncated zip": (
        "services.zip",
        zipped(LONG)[:-400],
        "file|truncated",
        "services.zip is no complete zip archive",
    ),
    "truncated gzip": (
        "services.csv.gz",
        gzip.compress(LONG)[:-400],
        "file|truncated",
        "breaks off or is damaged",
    ),
    "truncated inside a quote": (
        "services.csv",
        b'ID,NAME,NOTE\n1,a,x\n2,"b',
        "file|truncated",
        "the file breaks off inside a quoted cell",
    ),
    "truncated inside a row": (
        "services.csv",
        b"ID,NAME,NOTE\n1,a,x\n2,b",
        "file|truncated",
        "breaks off in record 2, inside a row",
    ),
    "a workbook": ("services.csv", zipped(LONG), "file|readable", "a zip archive or Excel workbook"),
    "no key column": ("services.csv", b"NAME,NOTE\na,x\n", "ID|present", "missing column: 'ID'"),
    "nothing": ("other.txt", b"x", "file|delivered", "no file matches '*services*.csv*'"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_delivery_that_cannot_be_used_blocks_and_says_why(loaded, case):
    name, content, rule, words = CASES[case]
    loaded.put(f"ia/{name}", content)

    result = loaded.load()

    assert result.outcome == "blocked"
    assert result.error.rule == rule
    assert words in str(result.error)
    assert words in result.verdict.reason
    assert "acme/" in str(result.error)
    assert "the last good partition stands" in str(result.error)
    assert "fix:" in str(result.error)
    assert [(r.rule, r.failed) for r in result.verdict.failed_rules] == [(rule, 1)]
    assert loaded.rows() == [("1", "a"), ("2", "b")]
    assert result.version == loaded.landing.current("feed_services", "IA")


def test_headings_alone_would_empty_the_table_and_block(loaded):
    loaded.put("ia/services.csv", "ID,NAME,NOTE\n")
    result = loaded.load()
    assert result.outcome == "blocked"
    assert [r.rule for r in result.verdict.failed_rules] == ["*|row_count"]
    assert "0 good rows" in result.verdict.reason
    assert loaded.rows() == [("1", "a"), ("2", "b")]


def test_headings_alone_are_a_delivery_where_the_contract_says_so(loaded, make):
    may_be_empty = replace(make.rule("*", "row_count", min=0), columns=())
    loaded.table("services", make.contract("ID", "NAME", "NOTE", rules=(may_be_empty,)), path="{state}")
    loaded.put("ia/services.csv", "ID,NAME,NOTE\n")
    result = loaded.load()
    assert result.outcome == "committed"
    assert result.version.rows == 0
    assert loaded.rows() == []


def test_a_heading_one_column_short_blocks_and_keeps_the_rows_as_evidence(loaded):
    loaded.put("ia/services.csv", "ID,NAME,NOTE\n1,a,x,more\n2,b,y,more\n")
    result = loaded.load()
    assert result.outcome == "blocked"
    assert result.malformed == {"*|column_count": 2}
    assert "*|column_count" in result.verdict.reason
    assert loaded.quarantined() == [("IA", 1, ("*|column_count",)), ("IA", 2, ("*|column_count",))]
    assert len(loaded.rows()) == 2


def test_duplicate_keys_block(loaded):
    loaded.put("ia/services.csv", GOOD + "2,c,z\n")
    result = loaded.load()
    assert result.outcome == "blocked"
    assert "ID|primary_key" in result.verdict.reason
    assert loaded.quarantined() == [("IA", 2, ("ID|primary_key",)), ("IA", 3, ("ID|primary_key",))]
    assert len(loaded.rows()) == 2


def test_two_files_that_claim_one_state_block_and_are_named(loaded):
    loaded.put("ia/services_north.csv", GOOD)
    loaded.put("ia/services_south.csv", GOOD)
    result = loaded.load()
    assert result.outcome == "blocked"
    assert result.error.rule == "file|one_claim"
    assert "2 files claim IA: acme/ia/services_north.csv, acme/ia/services_south.csv" in result.verdict.reason
    assert len(loaded.rows()) == 2


def test_rows_of_a_state_that_the_tenant_does_not_have_block(world, make):
    world.binding = ColumnState(by="column", column="OWNER", values={"A-IA": "IA", "A-NE": "NE"})
    world.table("services", make.contract("ID", "OWNER"))
    world.put("services.csv", "ID,OWNER\n1,A-IA\n2,A-NE\n3,A-TX\n")
    result = world.load("IA")
    assert result.outcome == "blocked"
    assert "1 of 2 rows breaks OWNER|state" in result.verdict.reason
    assert world.quarantined() == [("IA", 3, ("OWNER|state",))]
    assert world.load("NE").outcome == "committed", "the other state does not suffer"


@pytest.mark.parametrize("path", ["../other/{state}", "/etc", "{state}/../../x"])
def test_a_path_that_leaves_the_drop_folder_is_a_spec_error(loaded, make, path):
    loaded.table("services", make.contract("ID"), path=path)
    with pytest.raises(SpecError, match="leaves the drop folder"):
        loaded.load()
    assert len(loaded.rows()) == 2


def test_a_link_that_leaves_the_drop_folder_blocks(loaded, tmp_path):
    (tmp_path / "secret.csv").write_text(GOOD)
    os.symlink(tmp_path / "secret.csv", loaded.drops / "acme/ia/services.csv")
    result = loaded.load()
    assert result.outcome == "blocked"
    assert result.error.rule == "file|path"
    assert "leads out of the drop folder" in result.verdict.reason


def test_an_error_in_the_last_batch_leaves_nothing_of_the_first(loaded, monkeypatch):
    from dagster_ingest.connectors.files import rows

    monkeypatch.setattr(rows, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(rows, "BATCH_BLOCKS", 1)
    loaded.put("ia/services.csv", LONG + b'9999,"cut')
    result = loaded.load()
    assert result.error.rule == "file|truncated"
    assert result.verdict.rows_read > 100
    assert loaded.rows() == [("1", "a"), ("2", "b")]
    assert len(list((loaded.folder / "warehouse").rglob("*.parquet*"))) == 1
