import hashlib
import subprocess
import sys

import pytest

from dagster_ingest.testing import sample
from dagster_ingest.testing.sample.icarol_traits import read_header


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path, deliveries):
    for day in sample.DAYS:
        sample.write(tmp_path, day=day)

    assert digests(tmp_path) == digests(deliveries.drops)


def test_another_seed_gives_other_rows(tmp_path, deliveries):
    sample.write(tmp_path, ["capital"], seed=8)

    name = "capital/resources_20260302.csv.gz"
    assert (tmp_path / name).read_bytes() != (deliveries.drops / name).read_bytes()


def test_one_tenant_alone_is_written_as_among_all(tmp_path, deliveries):
    manifest = sample.write(tmp_path, ["keystone"])

    assert digests(tmp_path).items() <= digests(deliveries.drops).items()
    assert manifest.canaries == tuple(c for c in deliveries.days[1].canaries if c.tenant == "keystone")


@pytest.mark.parametrize(
    ("tenant", "table", "header"),
    [
        ("prairie", "resource", "icarol_169"),
        ("bayside", "resource", "icarol_166"),
        ("capital", "resource", "icarol_116"),
        ("gulf", "organization", "wellsky_organization"),
        ("gulf", "location", "wellsky_location"),
        ("gulf", "locationphone", "wellsky_locationphone"),
        ("gulf", "physicaladdress", "wellsky_physicaladdress"),
        ("gulf", "services", "wellsky_services"),
        ("keystone", "agency", "visionlink_agency"),
        ("keystone", "service", "visionlink_service"),
    ],
)
def test_headings_are_the_vendors_in_their_order(deliveries, tenant, table, header):
    first = deliveries.text(deliveries.written(tenant, table)).splitlines()[0]

    assert [cell.strip('"') for cell in first.split(",")] == list(read_header(header))


@pytest.mark.parametrize(
    ("header", "columns"),
    [("icarol_169", 169), ("icarol_166", 166), ("icarol_116", 116), ("visionlink_agency", 99),
     ("visionlink_service", 52), ("wellsky_organization", 33), ("wellsky_location", 36),
     ("wellsky_locationphone", 9), ("wellsky_physicaladdress", 18), ("wellsky_services", 21)],
)  # fmt: skip
def test_header_widths(header, columns):
    assert len(set(read_header(header))) == columns


def test_manifest_counts_the_rows(deliveries):
    for manifest in deliveries.days.values():
        for written in manifest.files:
            if written.path.endswith(".xml"):
                continue
            lines = len(deliveries.table(written.tenant, written.table, manifest.day, written.state))
            template = written.tenant == "keystone"
            assert written.rows == lines - template, written


@pytest.mark.parametrize("tenant", sample.TENANTS)
def test_rows_are_at_least_as_many_as_asked(tmp_path, tenant):
    manifest = sample.write(tmp_path, [tenant], rows=500)
    states = {"prairie": 2, "gulf": 2}.get(tenant, 1)

    assert 500 * states <= manifest.rows(tenant) < 520 * states


def test_canaries_of_a_large_sample_are_those_of_its_first_families(tmp_path):
    small = sample.write(tmp_path / "small", ["gulf"], rows=3_000)
    large = sample.write(tmp_path / "large", ["gulf"], rows=6_000)

    assert small.canaries == large.canaries


def test_encodings_and_packing(deliveries):
    def raw(tenant, table="resource"):
        return deliveries.raw(deliveries.written(tenant, table))

    assert raw("prairie").startswith(b"\xef\xbb\xbf")
    assert b"\x93Green\x94" in raw("bayside")
    with pytest.raises(UnicodeDecodeError):
        raw("bayside").decode("utf-8")
    raw("capital").decode("utf-8")
    assert deliveries.written("capital", "resource").path.endswith(".csv.gz")
    assert deliveries.written("keystone", "agency").path == deliveries.written("keystone", "service").path


def test_nothing_half_written_is_left(deliveries):
    assert not list(deliveries.drops.rglob(".*"))


def test_the_same_delivery_again(tmp_path, deliveries):
    manifest = sample.update(tmp_path, share=0.0, after=5)

    for written in manifest.files:
        other = deliveries.written(written.tenant, written.table, 1, written.state)
        assert written.path != other.path
        assert deliveries.__class__(tmp_path, {}).raw(written) == deliveries.raw(other)


def test_one_percent_edited(tmp_path):
    first = sample.write(tmp_path, ["capital"], rows=2_000)
    second = sample.update(tmp_path, ["capital"], share=0.01, rows=2_000)
    before, after = (lines(tmp_path / manifest.files[0].path) for manifest in (first, second))

    changed = sum(a != b for a, b in zip(before, after, strict=True))

    assert 0.005 < changed / len(before) < 0.015


def lines(path):
    from tests.testing.sample.conftest import content, decode, rows

    return rows(decode(content(path, None)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda to: sample.write(to, ["praire"]), "no sample tenant praire"),
        (lambda to: sample.write(to, day=4), "day 4"),
        (lambda to: sample.update(to, share=0.9), "share 0.9"),
        (lambda to: sample.update(to, after=0), "after 0"),
    ],
)
def test_wrong_arguments_write_nothing(tmp_path, call, message):
    with pytest.raises(ValueError, match=message):
        call(tmp_path)

    assert not list(tmp_path.iterdir())


def test_command_line(tmp_path):
    command = [
        sys.executable,
        "-m",
        "dagster_ingest.testing.sample",
        "--out",
        str(tmp_path / "drops"),
        "--tenant",
        "gulf",
    ]
    subprocess.run(command, check=True, capture_output=True)
    done = subprocess.run([*command, "--fix"], check=True, capture_output=True, text=True)

    assert "gulf/al/brevservices_20260304.csv" in done.stdout
    assert sorted(p.name for p in (tmp_path / "drops" / "gulf").iterdir()) == ["al", "fl"]
    canaries = sample.read_canaries(tmp_path / "canaries.json")
    assert {(c.tenant, c.state) for c in canaries} == {("gulf", "FL"), ("gulf", "AL")}
