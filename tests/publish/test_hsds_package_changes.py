"""A package that is made of the one before is the package that is made anew, byte for byte."""

import copy
import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import entities
from dagster_ingest.publish.hsds_package import HsdsPackageReader, manifest, nested, package, splice
from dagster_ingest.publish.hsds_package.reach import services_reached
from tests.publish.hsds_package_files import anew, contents, files, given, kept, shown
from tests.publish.hsds_package_rows import Changing, remaining


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Slices and blocks that a small package has several of."""
    monkeypatch.setattr(package, "_MANY", 1.0)
    monkeypatch.setattr(nested, "_SLICE", 3)
    monkeypatch.setattr(splice, "_BLOCK", 100)
    monkeypatch.setattr(manifest, "_BLOCK", 100)


@pytest.fixture
def spliced(monkeypatch):
    """How many services each file that was spliced took anew."""
    found, real = [], splice.write_spliced

    def write(*args, reached, **named):
        found.append(len(reached))
        return real(*args, reached=reached, **named)

    monkeypatch.setattr(splice, "write_spliced", write)
    return found


def everything(root):
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


# ---- the same bytes


@pytest.mark.parametrize("known", ["all", "some", "none"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("CHANGES_SEEDS", "2"))))
def test_a_changed_package_is_what_a_bulk_gives(tmp_path, monkeypatch, spliced, seed, known):
    changing = Changing(12, seed)
    chain, other = HsdsPackageReader(tmp_path / "chain"), HsdsPackageReader(tmp_path / "other")
    before, version = None, ""
    for step in range(6):
        partition = given(changing.rows, f"v{step}", known)

        done = chain.apply(partition, allow_deletes=True)
        with monkeypatch.context() as patch:  # nothing is taken over by a writer who does not know the last
            patch.setattr(manifest, "writer", lambda step=step: f"writer {step}")
            counted = other.apply(partition, allow_deletes=True)

        assert files(shown(tmp_path / "chain")) == anew(tmp_path / f"bulk{step}", partition)
        assert kept(tmp_path / "chain") == kept(tmp_path / "other")
        assert done == counted or done.bytes == counted.bytes
        assert (done.details, done.rows) == (counted.details, counted.rows)
        assert chain.verify(partition).problems == ()
        left = everything(tmp_path / "chain")
        assert not [text for text in changing.lost if text.split("é")[0].encode() + b"\xc3" in left]
        if before is not None:
            rows = remaining(before, changing.rows)
            wanted = given(rows or before, f"{version}-less" if rows else version)
            anew(tmp_path / f"kept{step}", wanted)
            assert kept(tmp_path / "chain") == contents(shown(tmp_path / f"kept{step}"))
        before, version = copy.deepcopy(changing.rows), partition.version
        changing.change()
    assert spliced


def one_step(tmp_path, change, known="all", seed=3):
    """Who published to tmp_path, the folder shown, and the partition that `change` makes of its rows."""
    changing = Changing(12, seed)
    reader = HsdsPackageReader(tmp_path / "chain")
    reader.publish(given(changing.rows, "v1", known))
    change(changing.rows)
    return reader, shown(tmp_path / "chain"), given(changing.rows, "v2", known)


def rename(rows):
    rows["service"][0]["name"] = "Another name"


def inodes(folder):
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def taken_over(tmp_path, before):
    """Files of the package that is shown that are those of before. before: inodes by name."""
    now = inodes(shown(tmp_path / "chain"))
    return {name for name in before if now[name] == before[name]}


def guarded(partition, *allowed):
    """Only these tables may be asked for."""

    def table(name):
        assert name in allowed, f"{name} was read"
        return partition.table(name)

    return replace(partition, table=table)


def test_many_lines_are_all_made_anew(tmp_path, monkeypatch, spliced):
    monkeypatch.setattr(package, "_MANY", 0.1)
    reader, _, after = one_step(tmp_path, lambda rows: [row.update(name="X") for row in rows["organization"]])

    reader.publish(after)

    assert not spliced
    assert files(shown(tmp_path / "chain")) == anew(tmp_path / "bulk", after)


@pytest.mark.parametrize("name", [e for e in entities() if e not in ("meta_table_description",)])
def test_a_row_is_in_the_lines_of_the_services_that_it_reaches(tmp_path, spliced, name):
    def change(rows):
        row = rows[name][-1]
        text = next(f.name for f in entities()[name].fields if f.type == "string" and f.name in TEXTS)
        row[text] = "canary"

    reader, before, after = one_step(tmp_path, change, seed=5)
    old = (before / "services.jsonl").read_bytes().splitlines()

    reader.publish(after)

    new = (shown(tmp_path / "chain") / "services.jsonl").read_bytes().splitlines()
    assert sum(was != now for was, now in zip(old, new, strict=True)) == sum(spliced)
    assert files(shown(tmp_path / "chain")) == anew(tmp_path / "bulk", after)


TEXTS = {"description", "name", "number", "document", "option", "value", "previous_value"}
TEXTS |= {"label", "identifier", "address_1", "source"}


def test_a_row_that_stands_as_it_is_now_is_not_kept_without_what_is_new(tmp_path):
    """It lost a text and belongs to another organization, which the package before does not have."""

    def change(rows):
        rows["organization"].append({**rows["organization"][0], "id": "00000000-0000-4000-8000-000000000000"})
        service = next(row for row in rows["service"] if row.get("alert"))
        service |= {"organization_id": rows["organization"][-1]["id"], "alert": None}

    changing = Changing(12, seed=4)
    changing.rows["service"][2]["alert"] = "Closed"
    before = copy.deepcopy(changing.rows)
    reader = HsdsPackageReader(tmp_path / "chain")
    reader.publish(given(before, "v1"))
    change(changing.rows)

    reader.publish(given(changing.rows, "v2"))

    rows = remaining(before, changing.rows)
    assert len(rows["service"]) == len(before["service"]) - 1
    assert len(rows["schedule"]) == len(before["schedule"])  # a schedule may be without a service
    anew(tmp_path / "kept", given(rows, "v1-less"))
    assert kept(tmp_path / "chain") == contents(shown(tmp_path / "kept"))


# ---- what is not read, and what is taken over


def test_tables_that_nobody_needs_are_not_read(tmp_path):
    def unused(rows):
        rows["meta_table_description"][0]["name"] = "Another"

    reader, before, after = one_step(tmp_path, unused)
    was = inodes(before)
    after = guarded(after, "meta_table_description")

    planned, done = reader.plan(after), reader.publish(after)

    assert (planned.bulk, dict(planned.written)) == ("", {"meta_table_description": 1})
    assert (done.written, done.deleted) == (1, 0)
    assert "services.jsonl" in taken_over(tmp_path, was)


def test_a_table_without_a_version_is_compared_by_rows(tmp_path):
    reader, before, after = one_step(tmp_path, rename, known="none")
    was = inodes(before)

    assert reader.publish(after).written == 1

    assert "phones.csv" in taken_over(tmp_path, was)


def test_the_same_files_are_linked_and_others_are_not(tmp_path):
    reader, before, after = one_step(tmp_path, rename)
    was = inodes(before)

    reader.publish(after)

    written = {"services.csv", "services.jsonl", "datapackage.json", "service.schema.json", "manifest.json"}
    assert was.keys() - taken_over(tmp_path, was) == written


def test_files_are_copied_where_they_cannot_be_linked(tmp_path, monkeypatch):
    reader, before, after = one_step(tmp_path, rename)
    was = inodes(before)

    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    reader.publish(after)

    assert not taken_over(tmp_path, was)
    monkeypatch.undo()
    assert files(shown(tmp_path / "chain")) == anew(tmp_path / "bulk", after)


def test_a_copy_that_is_not_the_file_is_refused(tmp_path, monkeypatch):
    reader, before, after = one_step(tmp_path, rename)

    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    def spoil(source, target):
        Path(target).write_bytes(Path(source).read_bytes()[:-1] + b"?")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "copyfile", spoil)

    with pytest.raises(PublishError, match="does not hold the rows"):
        reader.publish(after)

    assert shown(tmp_path / "chain") == before


def test_a_bulk_publish_takes_nothing_over(tmp_path):
    reader, before, after = one_step(tmp_path, rename)
    was = inodes(before)

    reader.apply(after, bulk=True)

    assert not taken_over(tmp_path, was)


def test_another_writer_takes_nothing_over(tmp_path, monkeypatch):
    reader, before, after = one_step(tmp_path, rename)
    was = inodes(before)
    monkeypatch.setattr(manifest, "writer", lambda: "another")

    assert reader.plan(after).bulk
    reader.publish(after)

    assert not taken_over(tmp_path, was)


def test_a_package_that_does_not_say_how_it_was_made_is_made_anew(tmp_path):
    reader, before, after = one_step(tmp_path, rename)
    path, was = before / "manifest.json", inodes(before)
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "made"}))

    assert reader.publish(after).written == 1

    assert not taken_over(tmp_path, was)
    assert reader.rollback("sample", "IA") == "IA shows v1"


# ---- damage


def spoil(folder, file):
    """Other bytes of the same number, in the place of a file that others may share."""
    text = (folder / file).read_bytes()
    (folder / file).unlink()
    (folder / file).write_bytes(text.replace(b"a", b"b"))


@pytest.mark.parametrize("file", ["phones.csv", "services.jsonl", "taxonomies.csv"])
@pytest.mark.parametrize("known", ["all", "none"])
def test_a_damaged_file_is_not_taken_over(tmp_path, file, known):
    reader, before, after = one_step(tmp_path, rename, known)
    sound = files(before)
    spoil(before, file)

    reader.apply(after, allow_deletes=True)

    assert files(shown(tmp_path / "chain")) == anew(tmp_path / "bulk", after)
    rest = kept(tmp_path / "chain")  # what is known to have been there is kept
    assert rest is None if (known, file != "services.jsonl") == ("none", True) else rest[file] == sound[file]


def test_what_a_damaged_table_held_is_not_kept_and_counts_for_the_guard(tmp_path):
    def fewer(rows):
        gone = {row["id"] for row in rows["url"][1:]}
        rows["url"] = rows["url"][:1]
        rows["attribute"] = [row for row in rows["attribute"] if row["link_id"] not in gone]
        rows["metadata"] = [row for row in rows["metadata"] if row["resource_id"] not in gone]

    reader, before, after = one_step(tmp_path, fewer)
    spoil(before, "url.csv")

    with pytest.raises(PublishError, match="would be deleted"):
        HsdsPackageReader(tmp_path / "chain", max_delete_share=0.001).publish(after)
    reader.apply(after, allow_deletes=True)

    assert files(shown(tmp_path / "chain")) == anew(tmp_path / "bulk", after)
    assert kept(tmp_path / "chain") is None


def test_a_damaged_package_is_not_rolled_back_to(tmp_path):
    reader, _, after = one_step(tmp_path, rename)
    reader.publish(after)
    (folder,) = (tmp_path / "chain" / "sample" / "IA" / ".hsds_package").glob("p-*")
    spoil(folder, "services.jsonl")

    with pytest.raises(PublishError, match="no package is kept"):
        reader.rollback("sample", "IA")

    assert reader.published("sample", "IA") == "v2"


# ---- what is refused


def twice(rows):
    rows["service"].append(dict(rows["service"][0]))


def without_a_location(rows):
    rows["location"].remove(next(r for r in rows["location"] if r["id"] == rows["address"][0]["location_id"]))


def astray(rows):
    rows["cost_option"][0]["service_id"] = "00000000-0000-4000-8000-000000000000"


def odd(rows):
    rows["service"][0]["status"] = "open"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (twice, "service id|unique: 2 rows"),
        (without_a_location, "address location_id|foreign_key: 1 rows"),
        (astray, "cost_option service_id|foreign_key: 1 rows"),
        (odd, "service status|enum: 1 rows"),
    ],
)
def test_a_change_that_breaks_the_model_is_refused_as_a_bulk_is(tmp_path, change, message):
    reader, before, after = one_step(tmp_path, change)
    told = files(before)

    with pytest.raises(PublishError) as caught:
        reader.publish(after)
    with pytest.raises(PublishError) as first:
        HsdsPackageReader(tmp_path / "bulk").publish(after)

    assert message in str(caught.value)
    assert str(caught.value) == str(first.value)
    assert shown(tmp_path / "chain") == before
    assert files(before) == told


def test_a_table_that_is_gone_from_the_stage_is_compared_too(tmp_path):
    reader, _, after = one_step(tmp_path, lambda rows: rows["metadata"].clear())
    after = replace(after, entities=tuple(name for name in after.entities if name != "metadata"))

    reader.apply(after, allow_deletes=True)

    assert files(shown(tmp_path / "chain")) == anew(tmp_path / "bulk", after)
    assert b"Old " not in (shown(tmp_path / "chain") / "services.jsonl").read_bytes()


def test_nothing_that_changes_reaches_no_service(tmp_path):
    assert services_reached({}, None).is_empty()
