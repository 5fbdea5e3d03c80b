import csv
import hashlib
import json
import os
from dataclasses import replace

import pytest
from frictionless import Package, system
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import entities
from dagster_ingest.hsds.json_schema import json_schema
from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_sample import every_entity


@pytest.fixture
def reader(tmp_path):
    return HsdsPackageReader(tmp_path)


def partition(rows=None, version="v1", state="IA"):
    return stage_partition(rows or every_entity(state=state), tenant="sample", state=state, version=version)


def folder(reader, state="IA"):
    return reader.folder("sample", state).resolve()


def faults_of(package):
    """(file, kind) of everything that frictionless finds wrong."""
    with system.use_context(trusted=True):
        report = Package(str(package / "datapackage.json")).validate()
    return {(task.name, error.type) for task in report.tasks for error in task.errors} | {
        ("package", error.type) for error in report.errors
    }


def services(package):
    with open(package / "services.jsonl") as file:
        return [json.loads(line) for line in file]


def records(package, name):
    """Rows of one entity's CSV, read by the standard library."""
    with open(package / entities()[name].csv, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def contents(root):
    """Every file below `root` with its bytes and the time it was written."""
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()
    }


def edit(package, name, old, new):
    path = package / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# ---- the tables


def test_frictionless_finds_nothing(reader):
    reader.publish(partition())

    assert faults_of(folder(reader)) == set()


def test_all_entities_are_there_even_without_rows(reader):
    reader.publish(stage_partition({}, tenant="sample", version="v1"))

    assert faults_of(folder(reader)) == set()
    assert {path.name for path in folder(reader).glob("*.csv")} == {e.csv for e in entities().values()}
    for entity in entities().values():
        assert (folder(reader) / entity.csv).read_text() == ",".join(f.name for f in entity.fields) + "\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("locations.csv", "physical", "redacted", ("location", "constraint-error")),
        ("services.csv", "https", "ht tps", ("service", "type-error")),
        ("organizations.csv", "@", "(at)", ("organization", "type-error")),
        ("schedules.csv", "08:00:00", "8 am", ("schedule", "type-error")),
        ("services.csv", ",18,", ",adult,", ("service", "type-error")),
    ],
)
def test_frictionless_would_find_a_bad_value(reader, name, old, new, fault):
    rows = every_entity()
    rows["service"][0]["url"] = "https://example.org"
    reader.publish(partition(rows))

    edit(folder(reader), name, old, new)

    assert faults_of(folder(reader)) == {fault}


def test_frictionless_would_find_every_broken_foreign_key(reader):
    reader.publish(partition())
    package = folder(reader)
    for entity in entities().values():
        keys = [f.name for f in entity.fields if f.references]
        rows = records(package, entity.name)
        for row in rows:
            row |= {name: row[name] and "00000000-0000-4000-8000-000000000000" for name in keys}
        with open(package / entity.csv, "w", newline="") as file:
            writer = csv.DictWriter(file, [f.name for f in entity.fields])
            writer.writeheader()
            writer.writerows(rows)

    broken = {name for name, fault in faults_of(package) if fault == "foreign-key"}

    assert broken == {e.name for e in entities().values() if any(f.references for f in e.fields)} - {
        "funding",
        "service_capacity",
    }


def test_values_are_spelled_as_the_format_wants(reader):
    rows = every_entity()
    rows["service"][0] |= {"minimum_age": 18.0, "maximum_age": 20.5, "alternate_name": "   "}
    reader.publish(partition(rows))

    [record] = [r for r in records(folder(reader), "service") if r["id"] == rows["service"][0]["id"]]

    assert record["minimum_age"] == "18"
    assert record["maximum_age"] == "20.5"
    assert record["alternate_name"] == ""
    assert record["assured_date"] == "2025-06-09"
    assert record["last_modified"] == "2025-06-09T19:29:58Z"


# ---- the nested form


def test_nested_services_are_valid(reader):
    reader.publish(partition())
    validator = Draft202012Validator(json_schema(strict=True), format_checker=FormatChecker())

    found = services(folder(reader))

    assert len(found) == 20
    assert [error.message for service in found for error in validator.iter_errors(service)] == []


def test_children_are_embedded_and_links_to_them_left_out(reader):
    rows = every_entity(4)
    reader.publish(partition(rows))

    found = services(folder(reader))

    for service in found:
        assert "organization_id" not in service
        assert service["organization"]["contacts"][0]["phones"][0]["number"] == "555-0100"
        [offered] = service["service_at_locations"]
        assert offered["location"]["addresses"][0]["postal_code"] == "00505"
        assert offered["schedules"][0]["opens_at"] == "08:00"
        [attribute] = service["attributes"]
        assert attribute["taxonomy_term"]["taxonomy_detail"]["name"] == "Sample taxonomy"
        assert [m["resource_type"] for m in attribute["metadata"]] == ["attribute"]
        assert [m["resource_type"] for m in service["metadata"]] == ["service"]


def test_each_child_stands_once_below_each_parent(reader):
    rows = every_entity()
    reader.publish(partition(rows))

    found = [p["id"] for s in services(folder(reader)) for p in s.get("phones", [])]

    assert sorted(found) == sorted(p["id"] for p in rows["phone"] if p.get("service_id"))


def test_absent_beats_null_and_empty(reader):
    reader.publish(partition())

    def empty(value):
        if isinstance(value, dict):
            return any(v is None or v in ("", [], {}) or empty(v) for v in value.values())
        return isinstance(value, list) and any(map(empty, value))

    assert not any(map(empty, services(folder(reader))))


def test_numbers_are_numbers(reader):
    rows = every_entity(1)
    rows["service"][0]["minimum_age"] = 18.0
    reader.publish(partition(rows))

    assert '"minimum_age":18,' in (folder(reader) / "services.jsonl").read_text()


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x1c\x1d\x1e\x1f"), min_size=1
)


@settings(max_examples=25, deadline=None)
@example(name='",\r\n', description='a\rb\u2028\x0b\\"')
@given(name=TEXT, description=TEXT)
def test_any_text_survives_both_forms(tmp_path_factory, name, description):
    rows = every_entity(1)
    rows["service"][0] |= {"name": f"x{name}", "description": description}
    reader = HsdsPackageReader(tmp_path_factory.mktemp("any"))
    wanted = description if description.strip() else None

    reader.publish(partition(rows))

    [nested] = services(folder(reader))
    [flat] = records(folder(reader), "service")
    assert (nested["name"], nested.get("description")) == (f"x{name}", wanted)
    assert (flat["name"], flat["description"] or None) == (f"x{name}", wanted)


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 30), seed=st.integers(0, 10**6))
def test_every_reference_is_resolved_and_ids_are_sorted(tmp_path_factory, count, seed):
    reader = HsdsPackageReader(tmp_path_factory.mktemp("any"))
    reader.publish(partition(every_entity(count, seed)))
    tables = {name: records(folder(reader), name) for name in entities()}
    ids = {name: [row["id"] for row in rows] for name, rows in tables.items()}

    for entity in entities().values():
        assert ids[entity.name] == sorted(set(ids[entity.name]))
        for field in entity.fields:
            if field.references:
                named = {row[field.name] for row in tables[entity.name]} - {""}
                assert named <= set(ids[field.references.split(".")[0]])
    assert [s["id"] for s in services(folder(reader))] == ids["service"]


# ---- what is refused


def gone(rows):
    rows["location"].pop()


def twice(rows):
    rows["service"].append(dict(rows["service"][0]))


def nameless(rows):
    rows["organization"][0]["name"] = "  "


def odd(rows):
    rows["service"][0]["status"] = "open"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (gone, "service_at_location location_id|foreign_key"),
        (twice, "service id|unique: 2 rows"),
        (nameless, "organization name|required: 1 rows"),
        (odd, "service status|enum: 1 rows"),
    ],
)
def test_a_stage_that_breaks_the_model_is_not_published(reader, spoil, message):
    reader.publish(partition())
    before = contents(folder(reader))
    rows = every_entity()
    spoil(rows)

    with pytest.raises(PublishError) as caught:
        reader.publish(partition(rows, "v2"))

    assert message in str(caught.value)
    assert "sample/IA" in str(caught.value)
    assert reader.published("sample", "IA") == "v1"
    assert contents(folder(reader)) == before


def test_a_folder_in_the_place_of_the_link_is_not_overwritten(reader):
    place = reader.folder("sample", "IA")
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("kept")

    with pytest.raises(PublishError, match="a folder stands"):
        reader.publish(partition())

    assert (place / "mine.txt").read_text() == "kept"


# ---- versions


def test_publication_says_what_was_done(reader):
    rows = every_entity()

    done = reader.publish(partition(rows))

    assert done.changed
    assert done.version == "v1" == reader.published("sample", "IA")
    assert done.rows["service"] == 20
    assert done.rows["funding"] == 0
    assert done.written == sum(map(len, rows.values()))
    assert done.bytes == sum(p.stat().st_size for p in folder(reader).iterdir() if p.name != "manifest.json")


def test_manifest_lists_every_file_with_its_checksum(reader):
    reader.publish(partition())
    listed = json.loads((folder(reader) / "manifest.json").read_text())

    for path in folder(reader).iterdir():
        if path.name != "manifest.json":
            assert listed["files"][path.name] == {
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
    assert (listed["tenant"], listed["state"], listed["version"]) == ("sample", "IA", "v1")


def test_the_same_version_writes_nothing(reader, tmp_path):
    reader.publish(partition())
    before = contents(tmp_path)

    again = reader.publish(partition())

    assert not again.changed
    assert again.written == 0
    assert again.rows["service"] == 20
    assert contents(tmp_path) == before


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path):
    rows = every_entity()
    turned = {name: list(reversed(some)) for name, some in rows.items()}
    one, other = HsdsPackageReader(tmp_path / "one"), HsdsPackageReader(tmp_path / "other")

    one.publish(partition(rows))
    other.publish(partition(turned))

    assert {p.name: p.read_bytes() for p in folder(one).iterdir()} == {
        p.name: p.read_bytes() for p in folder(other).iterdir()
    }


def test_a_withdrawn_record_is_gone_from_all_files(reader):
    rows = every_entity()
    reader.publish(partition(rows))
    gone = rows["service"][0]["id"]
    assert any(gone.encode() in p.read_bytes() for p in folder(reader).iterdir())

    left = {name: [row for row in some if gone not in row.values()] for name, some in rows.items()}
    offered = {r["id"] for r in rows["service_at_location"]} - {r["id"] for r in left["service_at_location"]}
    left = {
        name: [row for row in some if not offered & set(map(str, row.values()))]
        for name, some in left.items()
    }
    left["language"] = [r for r in left["language"] if "phone_id" not in r]
    reader.publish(partition(left, "v2"))

    assert not any(gone.encode() in p.read_bytes() for p in folder(reader).iterdir())


def test_an_open_file_can_be_read_to_its_end_while_the_package_is_replaced(reader):
    reader.publish(partition())
    before = (folder(reader) / "services.csv").read_bytes()

    with open(reader.folder("sample", "IA") / "services.csv", "rb") as opened:
        reader.apply(partition(every_entity(5), "v2"), allow_deletes=True)

        assert opened.read() == before
    assert (folder(reader) / "services.csv").read_bytes() != before


def versions(root):
    """What is kept of a state: `v` is shown, `p` kept back."""
    aside = root / "sample" / "IA" / ".hsds_package"
    found = {p.name[0]: p for p in aside.iterdir() if p.name != "lock"}
    return {n: json.loads((p / "manifest.json").read_text())["version"] for n, p in found.items()}


def without_phones_of(rows, service):
    """Rows in which a service has lost its phones, its description and its alert."""
    gone = {r["id"] for r in rows["phone"] if r.get("service_id") == service}
    changed = {**rows, "phone": [r for r in rows["phone"] if r["id"] not in gone]}
    changed["language"] = [r for r in rows["language"] if r.get("phone_id") not in gone]
    changed["service"] = [
        {**r, "description": None, "name": "Renamed"} if r["id"] == service else r for r in rows["service"]
    ]
    return changed


def test_the_shown_version_and_the_one_before_are_kept(reader, tmp_path):
    for version in ("v1", "v2", "v3"):
        reader.publish(partition(version=version))

    assert versions(tmp_path) == {"v": "v3", "p": "v2"}


def test_the_version_that_is_shown_built_again_leaves_the_one_before(reader, tmp_path):
    for version in ("v1", "v2"):
        reader.publish(partition(version=version))

    assert reader.apply(partition(version="v2"), bulk=True).changed

    assert versions(tmp_path) == {"v": "v2", "p": "v1"}


def test_none_is_kept_where_the_tenant_wants_none(tmp_path):
    reader = HsdsPackageReader(tmp_path, keep_previous=False)
    for version in ("v1", "v2"):
        reader.publish(partition(version=version))

    assert versions(tmp_path) == {"v": "v2"}
    with pytest.raises(PublishError, match="no package is kept"):
        reader.rollback("sample")


def test_what_was_kept_goes_once_the_tenant_wants_none(reader, tmp_path):
    for version in ("v1", "v2"):
        reader.publish(partition(version=version))

    assert not HsdsPackageReader(tmp_path, keep_previous=False).publish(partition(version="v2")).changed

    assert versions(tmp_path) == {"v": "v2"}


def test_rollback_shows_the_package_before_once(reader, tmp_path):
    reader.publish(partition(every_entity(8), "v1"))
    before = {p.name: p.read_bytes() for p in folder(reader).iterdir()}
    renamed = every_entity(8)
    renamed["service"] = [{**r, "name": f"Renamed {r['name']}"} for r in renamed["service"]]
    reader.publish(partition(renamed, "v2"))

    assert reader.rollback("sample") == "IA shows v1"

    assert {p.name: p.read_bytes() for p in folder(reader).iterdir()} == before
    assert versions(tmp_path) == {"v": "v1"}
    with pytest.raises(PublishError, match="no package is kept"):
        reader.rollback("sample", "IA")


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "damaged"])
def test_what_was_shown_is_kept_as_it_is_where_its_files_are_whole(reader, tmp_path, damaged):
    reader.publish(partition(every_entity(8), "v1"))
    file = folder(reader) / "services.jsonl"
    inode, text = file.stat().st_ino, file.read_bytes()
    if damaged:
        file.write_bytes(text[:-2] + b"!\n")
    renamed = every_entity(8)
    renamed["service"] = [{**r, "name": f"Renamed {r['name']}"} for r in renamed["service"]]

    reader.publish(partition(renamed, "v2"))

    (kept,) = (tmp_path / "sample" / "IA" / ".hsds_package").glob("p-*/services.jsonl")
    assert (kept.stat().st_ino == inode) is not damaged
    assert kept.read_bytes() == text


def test_what_is_kept_holds_nothing_that_was_taken_away(reader, tmp_path):
    rows = every_entity(8)
    service = next(r["service_id"] for r in rows["phone"] if r.get("service_id"))
    for row in rows["phone"]:
        if row.get("service_id") == service:
            row["number"] = "999-CANARY-1"
    for row in rows["service"]:
        if row["id"] == service:
            row["description"] = "CANARY-2"
    reader.publish(partition(rows, "v1"))

    reader.publish(partition(without_phones_of(rows, service), "v2"))

    assert versions(tmp_path) == {"v": "v2", "p": "v1-less"}
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"CANARY" in p.read_bytes()]
    assert reader.rollback("sample", "IA") == "IA shows v1-less"
    assert faults_of(folder(reader)) == set()
    # A service that lost something stays as it is now: its texts may have told of that as well.
    assert (folder(reader) / "services.csv").read_bytes().count(b"Renamed") == 1
    assert reader.publish(partition(rows, "v1")).changed  # what was taken away is no whole v1


@pytest.mark.parametrize(
    ("name", "owner", "kind"),
    [("attribute", "link_id", "link_entity"), ("metadata", "resource_id", "resource_type")],
)
def test_what_is_kept_has_no_old_texts_of_who_lost_a_link(reader, tmp_path, name, owner, kind):
    rows = every_entity(8)
    lost = next(r for r in rows[name] if r[kind] == "service")
    mine = [r for r in rows["service"] if r["id"] == lost[owner]]
    mine[0]["description"] = "CANARY"
    reader.publish(partition(rows, "v1"))
    fewer = {**rows, name: [r for r in rows[name] if r is not lost]}
    fewer["metadata"] = [r for r in fewer["metadata"] if r["resource_id"] != lost["id"]]
    fewer["service"] = [{**r, "description": "Other"} if r in mine else r for r in rows["service"]]

    reader.publish(partition(fewer, "v2"))

    assert versions(tmp_path) == {"v": "v2", "p": "v1-less"}
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"CANARY" in p.read_bytes()]


def test_links_to_what_went_go_and_the_others_keep_their_order(reader):
    rows = every_entity(8)
    reader.publish(partition(rows, "v1"))
    gone = rows["service_at_location"][0]["id"]
    fewer = {
        name: [r for r in some if gone not in (r["id"], r.get("service_at_location_id"))]
        for name, some in rows.items()
    }
    reader.publish(partition(fewer, "v2"))

    reader.rollback("sample", "IA")

    kept = [r["link_id"] for r in records(folder(reader), "attribute")]
    wanted = sorted(rows["attribute"], key=lambda r: r["id"])
    assert gone in [r["link_id"] for r in wanted]
    assert kept == [r["link_id"] for r in wanted if r["link_id"] != gone]


def test_what_is_kept_is_made_against_the_version_that_is_shown(reader, tmp_path):
    """A package kept when v2 came may hold what v3 withholds."""
    rows = every_entity(8)
    service = next(r["service_id"] for r in rows["phone"] if r.get("service_id"))
    rows["service"] = [{**r, "description": "CANARY"} if r["id"] == service else r for r in rows["service"]]
    for version in ("v1", "v2"):
        reader.publish(partition(rows, version))

    reader.publish(partition(without_phones_of(rows, service), "v3"))

    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"CANARY" in p.read_bytes()]


def test_verify_reads_the_files_back(reader):
    given = partition(every_entity(8))
    reader.publish(given)
    assert reader.verify(given).problems == ()
    assert reader.verify(partition(every_entity(8), "v2")).problems == ("version v1 is shown and not v2",)

    path = folder(reader) / "services.csv"
    path.write_bytes(path.read_bytes().replace(b"Service", b"Servise"))

    assert reader.verify(given).problems == ("files are not what the manifest lists: services.csv",)
    assert reader.apply(given, bulk=True).changed
    assert reader.verify(given).problems == ()


def test_states_do_not_touch_each_other(reader, tmp_path):
    reader.publish(partition(state="IA"))
    before = contents(tmp_path / "sample" / "IA")

    reader.publish(partition(state="NE"))
    reader.withdraw("sample", "NE")

    assert contents(tmp_path / "sample" / "IA") == before
    assert reader.published("sample", "NE") is None


def test_withdraw_removes_every_byte(reader, tmp_path):
    rows = every_entity()
    reader.publish(partition(rows, "v1"))
    reader.publish(partition(rows, "v2"))

    assert reader.withdraw("sample", "IA") == sum(map(len, rows.values()))

    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["lock"]
    assert reader.withdraw("sample", "IA") == 0
    assert reader.withdraw("sample", "TX") == 0


@pytest.mark.parametrize("name", ["services.csv", "manifest.json", "services.jsonl"])
def test_a_damaged_package_counts_as_none_and_is_made_again(reader, name):
    reader.publish(partition())
    before = (folder(reader) / name).read_bytes()
    (folder(reader) / name).write_bytes(before[: len(before) // 2])

    assert reader.published("sample", "IA") is None
    assert reader.publish(partition()).changed
    assert (folder(reader) / name).read_bytes() == before


def test_home_may_be_moved(reader, tmp_path):
    reader.publish(partition())

    os.rename(tmp_path / "sample", tmp_path / "moved")

    assert HsdsPackageReader(tmp_path).published("moved", "IA") == "v1"


def test_versions_of_another_format_are_made_again(reader):
    reader.publish(partition())
    path = folder(reader) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 0}))

    assert reader.published("sample", "IA") is None


def test_an_entity_the_model_does_not_know_is_left_out(reader):
    known = partition()
    more = replace(known, entities=(*known.entities, "search_record"))

    reader.publish(more)

    assert "search_record" not in json.loads((folder(reader) / "manifest.json").read_text())["rows"]
