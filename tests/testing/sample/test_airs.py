"""The sample's AIRS XML: well-formed, of the schema's shape, with what producers and editors do to it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from dagster_ingest.testing.sample import airs, airs_traits
from dagster_ingest.testing.sample.airs_document import NAMESPACE, in_3_0, write_document
from dagster_ingest.testing.sample.plan import Family, day_edit, feeds_of

NS = f"{{{NAMESPACE}}}"


def parsed(deliveries, day=1):
    return ET.fromstring(deliveries.raw(deliveries.written("summit", "agency", day)))


def names(root, name):
    return list(root.iter(f"{NS}{name}"))


def trees(day=1):
    [feed] = feeds_of("summit")
    for number in range(len(airs_traits.ROLES)):
        role = airs_traits.role(number)
        yield role, airs.family_tree(Family(feed, number, role, 7, day_edit(day), None))


def test_the_manifest_counts_the_records(deliveries):
    for day in (1, 2):
        root = parsed(deliveries, day)
        rows = {w.table: w.rows for w in deliveries.days[day].files if w.tenant == "summit"}

        assert rows == {
            "source": 1,
            "agency": len(names(root, "Agency")),
            "site": len(names(root, "Site")) + len(names(root, "AgencyLocation")),
            "service_group": len(names(root, "ServiceGroup")),
            "site_service": len(names(root, "SiteService")),
        }


def test_sizes_are_known_without_making_the_families():
    for number, (role, tree) in enumerate(trees()):
        counts = tree.count()
        records = ("Agency", "AgencyLocation", "Site", "ServiceGroup", "SiteService")
        assert sum(counts.get(name, 0) for name in records) == airs_traits.size(number), role


def test_keys_are_each_once(deliveries):
    root = parsed(deliveries)

    for name in ("Agency", "AgencyLocation", "Site", "ServiceGroup", "SiteService"):
        keys = Counter(e.findtext(f"{NS}Key") for e in names(root, name))
        assert None not in keys
        assert max(keys.values()) == 1
    groups = {e.findtext(f"{NS}Key") for e in names(root, "ServiceGroup")}
    assert {e.get("ServiceGroupKey") for e in names(root, "SiteService")} - {None} <= groups


def test_what_the_schema_demands_is_there(deliveries):
    root = parsed(deliveries)

    assert {"SourceEntity", "SourceID", "OriginTimestamp", "SchemaVersion"} <= set(root.attrib)
    for name in ("Phone", "PhysicalAddress", "MailingAddress", "OtherAddress"):
        assert {e.get("Confidential") for e in names(root, name)} <= {"true", "false", "0"}
    assert all(e.findall(f"{NS}Taxonomy") for e in names(root, "SiteService"))


def test_agencies_inside_agencies_and_combined_terms(deliveries):
    root = parsed(deliveries)

    assert root.findall(f"./{NS}Agency/{NS}Agency")
    assert {len(e.findall(f"{NS}Code")) for e in names(root, "Taxonomy")} == {1, 2}
    assert {e.get("delete") for e in root.iter() if e.get("delete")} == {"true"}
    assert len({e.get("Status") for e in names(root, "Agency")}) == 2


def test_day_two_brings_an_element_of_the_producers_own(deliveries):
    assert not names(parsed(deliveries), airs.NEW_ELEMENT)
    assert names(parsed(deliveries, 2), airs.NEW_ELEMENT)


def test_an_agency_that_is_gone_is_told_all_the_same():
    assert [role for role, tree in trees(day=2) if tree is None] == ["turn_removed"]


def test_3_0_knows_no_status_no_stamps_and_no_namespace(tmp_path):
    write_document(tmp_path / "a.xml", {"SourceEntity": "x"}, (t for _, t in trees()), version="3.0")
    root = ET.parse(tmp_path / "a.xml").getroot()

    assert root.tag == "Source"
    used = {name for e in root.iter() for name in e.attrib}
    assert not used & {"Status", "delete", "deleteEffective"}
    assert not [e for e in root.iter() if e.tag in ("SocialMedia", "AgencyKey", "GeneralEligibility")]
    assert not [e for e in root.iter("Latitude") if e.text.startswith("+")]
    roles = dict(trees())
    assert in_3_0(roles["deleted"]) is None
    assert in_3_0(roles["inactive"]).attributes["ExcludeFromWebsite"] == "true"


def test_a_document_that_is_not_finished_leaves_nothing(tmp_path):
    def broken():
        yield next(tree for _, tree in trees())
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        write_document(tmp_path / "a.xml", {}, broken())

    assert not list(tmp_path.iterdir())
