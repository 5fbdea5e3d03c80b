"""Bad deliveries through the whole machine: refused with file and rule, and nothing else is touched."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_ingest.observe.explain import explain
from tests.e2e.conftest import installation

pytestmark = pytest.mark.slow

STATES = (("gulf", "AL"), ("gulf", "FL"), ("capital", "DC"))
NEW = "brevservices_20991231"  # newer than what the sample delivers


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, parsed_projects):
    """Two tenants with a good first day in raw."""
    world = installation(tmp_path_factory.mktemp("loaded"), parsed_projects)
    world.deliver(1, "gulf", "capital")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in world.variables().items():
            patch.setenv(name, value)
        for tenant, state in STATES:
            outcome = world.write(tenant, state, layers=("raw",))
            assert outcome.success, outcome
        yield world


@pytest.fixture
def drop(loaded):
    """The folder of gulf's AL with the other files of a new run, emptied of what the test puts there."""
    folder = loaded.settings.drops / "gulf" / "al"
    before = set(folder.iterdir())
    for path in before:
        if "services" not in path.name:
            (folder / re.sub("[0-9]{8}", "20991231", path.name)).write_bytes(path.read_bytes())
    yield folder
    for path in set(folder.iterdir()) - before:
        path.unlink()


def good(drop: Path) -> bytes:
    return next(drop.glob("brevservices_2*.csv")).read_bytes()


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NEW}.csv", content)
    return buffer.getvalue()


def heading(content: bytes) -> bytes:
    return content.partition(b"\n")[0] + b"\n"


def semicolons(content: bytes) -> bytes:
    return heading(content).replace(b",", b";") + b"1;2;3\n"


def twice(content: bytes) -> bytes:
    return content + content.partition(b"\n")[2]


CASES = {
    "empty file": (f"{NEW}.csv", lambda content: b"", "file|empty"),
    "header only": (f"{NEW}.csv", heading, "*|row_count"),
    "wrong delimiter": (f"{NEW}.csv", semicolons, "file|delimiter"),
    "wrong encoding": (f"{NEW}.csv", lambda content: content.decode().encode("utf-16"), "file|encoding"),
    "truncated zip": (f"{NEW}.zip", lambda content: zipped(content)[:-300], "file|truncated"),
    "truncated file": (f"{NEW}.csv", lambda content: content[:-40], "file|truncated"),
    "duplicate keys": (f"{NEW}.csv", twice, "PROVIDER_SERVICE_CODE_ID|primary_key"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_refused_by_name_and_rule(loaded, drop, case):
    name, spoil, rule = CASES[case]
    before = raw_rows(loaded)
    (drop / name).write_bytes(spoil(good(drop)))

    refused(loaded, name, rule, before)


def test_two_files_that_claim_one_state_are_refused(loaded, drop):
    before = raw_rows(loaded)
    content = good(drop)
    for side in ("north", "south"):
        (drop / f"{side}_services_20991231.csv").write_bytes(content)

    text = refused(loaded, "north_services_20991231.csv", "file|one_claim", before)

    assert "south_services_20991231.csv" in text


def test_a_link_that_leaves_the_drop_folder_is_refused(loaded, drop, tmp_path):
    before = raw_rows(loaded)
    (tmp_path / "elsewhere.csv").write_bytes(good(drop))
    os.symlink(tmp_path / "elsewhere.csv", drop / f"{NEW}.csv")

    refused(loaded, f"{NEW}.csv", "file|path", before)


def refused(world, file: str, rule: str, before) -> str:
    """Run the state; what `explain` says."""
    bad = world.write("gulf", "AL", layers=("raw",))

    assert not bad.success
    assert "raw/wellsky_services/contract" in bad.failed_checks
    assert "raw/wellsky_services" not in bad.materialized
    story = world.story("gulf", "AL")
    blocker = next(b for b in story.blockers if b.asset == "raw/wellsky_services")
    assert rule in [broken.rule for broken in blocker.rules]
    text = explain(story, time.time())
    assert file in text
    assert rule in text
    assert "Nothing was ever published" in text
    assert raw_rows(world) == before
    for tenant, state in STATES[1:]:
        assert world.story(tenant, state).blockers == ()
    other = world.write("gulf", "FL", layers=("raw",))
    assert other.success
    assert other.materialized == ()
    return text


def raw_rows(world) -> dict[str, list[tuple]]:
    """Hashes of all raw rows by tenant, table and state."""
    found = {}
    for file in sorted(world.settings.warehouse.glob("*.duckdb")):
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'raw' order by 1"
            ).fetchall()
            for (table,) in tables:
                rows = connection.execute(
                    f'select _state, _load_id, count(*), bit_xor(_row_hash) from raw."{table}"'
                    " group by all order by all"
                ).fetchall()
                assert rows
                found[f"{file.stem}.{table}"] = rows
    return found


def test_the_command_tells_a_refused_state_from_a_loaded_one(loaded, drop):
    before = raw_rows(loaded)
    (drop / f"{NEW}.csv").write_bytes(b"")

    run = loaded.process("run", "--tenant", "gulf", "--layer", "raw", "--workers", "2")

    assert run.returncode == 1, run.stdout + run.stderr
    assert "gulf/AL writers: FAILED" in run.stdout
    assert "blocked by raw/wellsky_services/contract" in run.stdout
    assert "gulf/FL writers: 0 assets materialized" in run.stdout
    assert raw_rows(loaded) == before


@pytest.mark.parametrize("command", [["run"], ["status"]], ids=" ".join)
def test_a_state_that_the_tenant_does_not_have(loaded, command):
    run = loaded.command(*command, "--tenant", "gulf", "--state", "XX")

    assert run.returncode == 2
    assert "no chosen tenant has the state 'XX'" in run.stderr
    assert "AL, FL" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_tenant_that_is_not_there(loaded):
    run = loaded.command("run", "--tenant", "golf")

    assert run.returncode == 2
    assert "gulf" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_path_that_leaves_the_drop_folder_is_an_error_of_the_spec(loaded, tmp_path):
    settings = loaded.settings
    tenants = tmp_path / "tenants"
    (tenants / "gulf").mkdir(parents=True)
    spec = (settings.tenants_dir / "gulf" / "tenant.yaml").read_text()
    assert spec.count('path: "{state}"') == 1
    (tenants / "gulf" / "tenant.yaml").write_text(spec.replace('"{state}"', '"../capital/{state}"'))
    world = replace(loaded, settings=replace(settings, tenants_dir=tenants))

    run = world.command("run", "--tenant", "gulf", "--state", "AL", "--layer", "raw")

    assert run.returncode == 2
    assert "tenant.yaml" in run.stderr
    assert "leaves the drop folder" in run.stderr
    assert "Traceback" not in run.stderr
