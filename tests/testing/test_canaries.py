import gzip
import zipfile

import duckdb
import polars as pl
import pytest

from dagster_ingest.testing import canaries
from dagster_ingest.testing.canaries import find_tokens

TOKEN = "Canary-7f3a-private-note"


def plain(path):
    path.write_text(f"a,b\n1,{TOKEN}\n")


def hidden_by_case(path):
    path.write_text(TOKEN.upper())


def zipped(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", "x" * 1000 + TOKEN)


def gzipped(path):
    path.write_bytes(gzip.compress(b"x" * 1000 + TOKEN.encode()))


def zip_in_gzip(path):
    zipped(path)
    path.write_bytes(gzip.compress(path.read_bytes()))


def parquet(path):
    texts = ["a", "m Canary-7f3a", "m 3a-private", "m vate-note", f"m {TOKEN}", "z"]
    pl.DataFrame({"n": range(6), "t": texts}).write_parquet(path, compression="zstd")


def parquet_nested(path):
    pl.DataFrame({"t": [["x"], [TOKEN]]}).write_parquet(path, compression="zstd")


def database(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema stage")
        connection.execute(
            "create table stage.service as select 'https://example.org/some/long/prefix/' || i || "
            f"case when i = 77777 then '{TOKEN}' else 'xx' end as t from range(100000) r(i)"
        )


KINDS = [plain, hidden_by_case, zipped, gzipped, zip_in_gzip, parquet, parquet_nested, database]


@pytest.mark.parametrize("write", KINDS, ids=lambda kind: kind.__name__)
def test_a_token_is_found_in(write, tmp_path):
    (tmp_path / ".hidden" / "deep").mkdir(parents=True)
    write(tmp_path / ".hidden" / "deep" / "file")

    found = find_tokens(tmp_path, [TOKEN, "Canary-absent"])

    assert {token for token, _ in found} == {TOKEN}
    assert all("deep/file" in file for _, file in found)


def test_compressed_columns_hide_the_token_from_a_plain_search(tmp_path):
    """Why the columnar files are read and not only searched."""
    parquet(tmp_path / "t.parquet")

    assert TOKEN.encode() not in (tmp_path / "t.parquet").read_bytes()


def test_a_token_across_two_blocks_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(canaries, "_BLOCK", 16)
    (tmp_path / "file").write_text("x" * 10 + TOKEN + "y" * 40)

    assert find_tokens(tmp_path, [TOKEN]) == [(TOKEN, str(tmp_path / "file"))]


def test_one_file_may_be_named(tmp_path):
    plain(tmp_path / "file.csv")

    assert find_tokens(tmp_path / "file.csv", [TOKEN]) == [(TOKEN, str(tmp_path / "file.csv"))]


def test_a_clean_folder_has_none(tmp_path):
    (tmp_path / "file").write_text("nothing")

    assert find_tokens(tmp_path, [TOKEN]) == []


def test_a_missing_folder_is_not_a_clean_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        find_tokens(tmp_path / "absent", [TOKEN])


def test_an_empty_token_is_refused(tmp_path):
    with pytest.raises(ValueError, match="empty"):
        find_tokens(tmp_path, [""])


def test_a_broken_archive_is_not_a_clean_one(tmp_path):
    zipped(tmp_path / "a.zip")
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(content[: len(content) // 2])

    with pytest.raises(zipfile.BadZipFile):
        find_tokens(tmp_path, [TOKEN])
