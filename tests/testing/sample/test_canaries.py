import re
from collections import defaultdict

import pytest
import yaml

from dagster_ingest.spec.system import SHIPPED, System
from dagster_ingest.testing import sample

SYSTEMS = {
    "prairie": "icarol",
    "capital": "icarol",
    "bayside": "icarol",
    "gulf": "wellsky",
    "keystone": "visionlink",
    "summit": "rtm",
    "evergreen": "airs",
    "piedmont": "hsds",
}
# Cells that cannot hold a token: never unique, withheld by the vendor already, or of an older version.
NO_TOKEN = {
    "OtherStateProvince", "OtherCountry", "PROVIDER_MAINTAINING_ID", "PHYSICAL_ADDRESS", "PHONES", "SERVICES",
    "AgencyAddressus_ConfidentialAddress_state", "AgencyAddressus_ConfidentialAddress_country",
    "AgencyAddressus_ConfidentialMailingAddress_state", "AgencyAddressus_ConfidentialMailingAddress_country",
    "RecordOwner", "AnnualBudgetTotal", "SourceOfFunds",
}  # fmt: skip


def register(tenant):
    document = yaml.safe_load((SHIPPED / SYSTEMS[tenant] / "system.yaml").read_text())
    return System(**document).private


@pytest.mark.parametrize("day", [1, 2, 3])
def test_every_listed_canary_is_in_a_file(deliveries, day):
    """From day two on some stand only in the older file: their records were removed."""
    texts = defaultdict(str)
    for manifest in deliveries.days.values():
        for written in manifest.files:
            if manifest.day <= day:
                texts[written.tenant, written.state if written.tenant == "gulf" else None, written.table] += (
                    deliveries.text(written)
                )

    for canary in deliveries.days[day].canaries:
        state = canary.state if canary.tenant == "gulf" else None
        assert canary.token in texts[canary.tenant, state, canary.table], canary


def test_tokens_are_unique_and_found_by_their_needles(deliveries):
    canaries = deliveries.days[1].canaries

    assert len({c.token for c in canaries}) == len(canaries)
    assert all(c.needles[0] == c.token and all(len(n) >= 9 for n in c.needles) for c in canaries)


@pytest.mark.parametrize("tenant", ["prairie", "gulf", "keystone", "summit", "evergreen", "piedmont"])
def test_every_private_column_holds_a_canary(deliveries, tenant):
    planted = {c for c in deliveries.days[1].canaries if c.tenant == tenant and c.from_day == 1}
    columns = {c.column for c in planted} | {f"{c.table}.{c.column}" for c in planted}

    assert set(register(tenant)) - NO_TOKEN <= columns


def test_canaries_of_an_export_without_flags(deliveries):
    """Nothing says that an address or a phone is private, so none of a visible record is."""
    classes = {c.cls for c in deliveries.days[1].canaries if c.tenant == "capital" and c.from_day == 1}
    addresses = {
        c.column for c in deliveries.days[1].canaries if c.tenant == "capital" and c.cls == "private_address"
    }

    assert classes == {
        "internal_notes", "staff", "private_address", "private_people", "money_and_workflow",
        "licensed_text", "hidden",
    }  # fmt: skip
    assert all(column.startswith("Other") for column in addresses)


def test_the_tenants_choices_decide_what_is_a_canary(deliveries):
    """bayside publishes tax numbers, public contacts, and city and county of a withheld address."""
    bayside = {(c.cls, c.column) for c in deliveries.days[1].canaries if c.tenant == "bayside"}
    prairie = {(c.cls, c.column) for c in deliveries.days[1].canaries if c.tenant == "prairie"}

    for kept in [("money_and_workflow", "FEIN"), ("private_address", "PhysicalCity")]:
        assert kept in prairie
        assert kept not in bayside
    assert any(
        r["MainContactName"] and "CANARY" not in r["MainContactName"] for r in deliveries.table("bayside")
    )
    assert all("CANARY" in (r["MainContactName"] or "CANARY") for r in deliveries.table("prairie"))


def test_what_turns_private_is_public_on_day_one(deliveries):
    later = [c for c in deliveries.days[1].canaries if c.from_day > 1]

    assert {c.tenant for c in later} == set(sample.TENANTS)
    assert {c.from_day for c in later if c.state == "AL"} == {3}
    assert {c.from_day for c in later if c.state != "AL"} == {2}
    assert {c.cls for c in later} >= {"private_address", "private_coordinates", "private_phone", "hidden"}
    assert all(
        c.token.lower().startswith("sunset") or c.token[0].isdigit() or c.token[0] == "-" for c in later
    )


def test_day_two_still_lists_what_turned_private(deliveries):
    turned = {c.token for c in deliveries.days[1].canaries if c.from_day > 1}

    assert turned <= {c.token for c in deliveries.days[2].canaries}


@pytest.mark.parametrize("tenant", ["prairie", "capital", "bayside"])
def test_a_canary_stands_in_its_own_family_alone(deliveries, tenant):
    """A canary's number holds the family's."""
    seen = 0
    for row in deliveries.table(tenant):
        own = int(row["ResourceAgencyNum"]) // 100 % 1_000_000
        for cell in row.values():
            for number in re.findall(r"(?:CANARY|SUNSET)-\w+-(\d+)-", cell):
                assert int(number) // 1_000 % 100 == own
                seen += 1

    assert seen > 500


def test_list_is_kept_by_state(tmp_path):
    listed = tmp_path / "deep" / "canaries.json"
    sample.write(tmp_path / "drops", ["gulf", "keystone"], canaries=listed)
    first = sample.read_canaries(listed)

    sample.write(tmp_path / "drops", ["gulf"], day=3, canaries=listed)
    second = sample.read_canaries(listed)

    assert [c for c in first if c.state != "AL"] == [c for c in second if c.state != "AL"]
    assert len(second) > len(first)
