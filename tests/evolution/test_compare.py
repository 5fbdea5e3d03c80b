"""Trees of contracts against each other, in real repositories."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import SpecError
from tests.evolution.conftest import SERVICE, SYSTEM, contract

WEB = SERVICE + "      - {name: WEB}\n"
NO_FEES = "      - {name: STATUS}\n"
PATCH = """\
patch: {{version: {version}, of: vendor/service, major: 1, why: fees are always filled in here}}
schema:
  service:
    properties:
{body}
"""
REQUIRED = "      FEES: {required: true}"

WITH_TWO = SYSTEM.replace(
    "service.odcs.yaml, required",
    "service.odcs.yaml, versions: {2: contracts/service.v2.odcs.yaml}, required",
)


def kinds(comparison) -> list[str]:
    return [change.kind for change in comparison.changes]


def tenants(comparison) -> list[str]:
    return [place.tenant for place in comparison.reaches]


def test_a_tree_without_a_difference_has_no_comparison(repository):
    repository.write("README.md", "nothing of ours")

    assert repository.compare().comparisons == ()


def test_a_shared_contract_is_reported_once_with_the_tenants_that_it_reaches(repository):
    repository.service("1.1.0", WEB)

    found = repository.one()

    assert (found.title, kinds(found), found.problem) == ("vendor/service 1", ["column_added"], None)
    assert tenants(found) == ["alpha", "beta"]
    assert found.versions == "1.0.0 -> 1.1.0"


def test_a_change_without_a_step_names_file_line_and_version(repository):
    repository.service("1.0.0", WEB)

    found = repository.one()

    assert (found.file, found.line) == ("systems/vendor/contracts/service.odcs.yaml", 4)
    assert found.problem == "the contract changed and the version did not: still 1.0.0"
    assert found.needed == "1.1.0"


def test_a_breaking_change_in_place_needs_a_major_beside_the_old(repository):
    repository.service("1.1.0", NO_FEES)

    found = repository.one()

    assert found.needed == "2.0.0"
    assert "under `versions`" in found.hint


def test_a_step_without_a_change_is_allowed_and_not_told(repository):
    repository.service("1.1.0")

    assert repository.compare().comparisons == ()


def test_a_version_that_goes_backwards_is_a_problem_even_without_a_change(repository):
    repository.service("1.1.0")
    repository.commit()
    repository.service("1.0.0")

    assert repository.one().problem == "the version went backwards, from 1.1.0 to 1.0.0"


def test_a_new_major_is_held_against_the_one_before_and_reaches_nobody_yet(repository):
    repository.service("2.0.0", NO_FEES, "service.v2")
    repository.write("systems/vendor/system.yaml", WITH_TWO)

    found = repository.one()

    assert (found.title, kinds(found), tenants(found)) == ("vendor/service 2", ["column_removed"], [])
    assert found.problem is None


def test_a_tenant_that_pins_another_major_changes_and_needs_no_step(repository):
    repository.service("2.0.0", NO_FEES, "service.v2")
    repository.write("systems/vendor/system.yaml", WITH_TWO)
    repository.commit()
    repository.tenant("beta", "{agency: , service: {version: 2}}")

    found = repository.one()

    assert (found.title, kinds(found), found.problem) == ("beta/feed/service", ["column_removed"], None)
    assert found.versions == "1.0.0 -> 2.0.0"


def test_a_column_taken_from_the_register_is_declassified_for_everybody(repository):
    keeper = SERVICE + "      - {name: KEEPER}\n"
    repository.service("1.1.0", keeper)
    repository.commit()
    repository.write("systems/vendor/system.yaml", SYSTEM.replace("[KEEPER]", "[OTHER]"))

    found = repository.one()

    assert kinds(found) == ["declassified"]
    assert (found.needed, tenants(found)) == ("2.0.0", ["alpha", "beta"])


def test_a_patch_that_comes_is_a_change_of_its_tenant(repository):
    repository.write(
        "tenants/beta/contracts/service.patch.yaml", PATCH.format(version="1.0.0", body=REQUIRED)
    )
    repository.tenant("beta", "{agency: , service: {patch: contracts/service.patch.yaml}}")

    found = repository.one()

    assert found.title == "beta/feed/service"
    assert "required_added" in kinds(found)
    assert (found.versions, found.problem) == ("1.0.0 -> 1.0.0+beta.1.0.0", None)


def test_a_patch_that_changes_without_a_step_is_shown_at_its_own_line(repository):
    patch = "tenants/beta/contracts/service.patch.yaml"
    repository.write(patch, PATCH.format(version="1.0.0", body="      STATUS: {required: true}"))
    repository.tenant("beta", "{agency: , service: {patch: contracts/service.patch.yaml}}")
    repository.commit()
    more = "      STATUS: {required: true}\n" + REQUIRED
    repository.write(patch, PATCH.format(version="1.0.1", body=more))

    found = repository.one()

    assert (found.file, found.line) == (patch, 1)
    assert found.needed == "1.0.0+beta.2.0.0"


def test_a_patched_tenant_inherits_a_minor_version_without_being_told_of_twice(repository):
    repository.write(
        "tenants/beta/contracts/service.patch.yaml", PATCH.format(version="1.0.0", body=REQUIRED)
    )
    repository.tenant("beta", "{agency: , service: {patch: contracts/service.patch.yaml}}")
    repository.commit()
    repository.service("1.1.0", WEB)

    found = repository.one()

    assert found.title == "vendor/service 1"
    assert tenants(found) == ["alpha", "beta"]


def test_a_contract_of_the_tenants_own_is_compared_by_table(repository):
    own = "tenants/gamma/contracts/site.odcs.yaml"
    repository.write(own, contract("site"))
    repository.tenant("gamma", "{site: }", "csv")
    repository.commit()
    repository.write(own, contract("site", "1.0.0", NO_FEES))

    found = repository.one()

    assert (found.title, found.file, kinds(found)) == ("gamma/feed/site", own, ["column_removed"])
    assert (found.needed, found.hint) == ("2.0.0", None)


def test_tables_and_tenants_that_come_and_go_are_told(repository):
    repository.tenant("gamma")
    repository.tenant("beta", "{agency: }")
    (repository.root / "tenants/alpha/tenant.yaml").unlink()
    (repository.root / "tenants/alpha").rmdir()

    found = repository.compare()

    assert {(c.title, *kinds(c)) for c in found.comparisons} == {
        ("beta/feed/service", "table_removed"),
        ("gamma", "tenant_added"),
        ("alpha", "tenant_removed"),
    }
    assert found.ok
    assert found.overall == "breaking"


def test_only_the_named_tenants_are_looked_at(repository):
    repository.tenant("beta", "{agency: }")

    assert repository.compare("HEAD", "alpha").comparisons == ()


def test_specs_that_are_not_valid_are_not_classified(repository):
    repository.service("1.1.0", "      - {name: FEES, logicalType: pigeon}\n")

    with pytest.raises(SpecError, match="logicalType cannot be 'pigeon'") as error:
        repository.compare()

    assert error.value.not_done == "changes were not classified"


def test_a_contract_that_could_not_be_read_before_needs_a_major_step(repository):
    repository.service("1.0.0", "      - {name: FEES, logicalType: pigeon}\n")
    repository.commit()
    repository.service("1.0.1")

    found = repository.compare()

    (lost,) = found.comparisons
    assert (lost.title, kinds(lost), lost.needed) == ("vendor/service 1", ["unreadable"], "2.0.0")
    assert any("alpha did not load" in note for note in found.notes)


def test_contracts_of_a_system_that_was_not_sound_before_are_compared_by_their_files(repository):
    repository.write("systems/vendor/system.yaml", SYSTEM + "colour: blue\n")
    repository.commit()
    repository.write("systems/vendor/system.yaml", SYSTEM)
    repository.service("1.0.0", NO_FEES)

    found = repository.compare()

    assert [(c.title, kinds(c), c.needed) for c in found.comparisons] == [
        ("vendor/service 1", ["column_removed"], "2.0.0")
    ]
    assert "at HEAD, the system vendor was not sound: unknown key 'colour'" in found.notes


def test_an_own_contract_whose_tenant_did_not_load_before_is_compared_by_its_file(repository):
    own, tenant = "tenants/gamma/contracts/site.odcs.yaml", "tenants/gamma/tenant.yaml"
    repository.write(own, contract("site"))
    sound = repository.tenant("gamma", "{site: }", "csv").read_text()
    repository.write(tenant, sound.replace("[IA]", "[ZZ]"))
    repository.commit()
    repository.write(tenant, sound)
    repository.write(own, contract("site", "1.0.0", NO_FEES))

    found = repository.compare()

    assert [(c.title, kinds(c), c.needed) for c in found.comparisons] == [
        ("gamma/feed/site", ["column_removed"], "2.0.0")
    ]
    assert any("gamma did not load" in note for note in found.notes)


def test_a_tenants_own_copy_of_the_systems_contract_is_held_against_what_it_replaces(repository):
    own = "tenants/beta/contracts/service.odcs.yaml"
    repository.write(own, contract("service", "1.0.0", NO_FEES))
    repository.tenant("beta", f"{{agency: , service: {{contract: {own.removeprefix('tenants/beta/')}}}}}")

    found = repository.one()

    assert (found.title, found.file, kinds(found)) == ("beta/feed/service", own, ["column_removed"])
    assert found.needed == "2.0.0"


def test_a_draft_may_change_without_a_step(repository):
    draft = contract("site").replace("kind: DataContract", "kind: DataContract\nstatus: draft")
    repository.write("tenants/gamma/contracts/site.odcs.yaml", draft)
    repository.tenant("gamma", "{site: }", "csv")
    repository.commit()
    repository.write("tenants/gamma/contracts/site.odcs.yaml", contract("site", "1.0.0", NO_FEES))

    found = repository.one()

    assert set(kinds(found)) == {"column_removed", "status_activated"}
    assert found.problem is None
