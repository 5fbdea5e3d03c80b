# ruff: noqa: E501 - a case is easier to compare on one line
"""Every mistake in a tenant file: its line, its value, what is allowed, and the guess."""

from __future__ import annotations

import pytest

from tests.spec.conftest import TENANT

# what stands there, what is written instead, line, column, value, an allowed name, guess, words
CASES = {
    "unknown key": ("owners:", "ownres:", 3, 1, "'ownres'", "owners", "owners", "unknown key"),
    "unknown nested key": ("cron:", "crno:", 15, 12, "'crno'", "timezone", "cron", "unknown key"),
    "unknown key in a tagged union": (
        "state: {by: feed}",
        "state: {by: column, column: S, vales: {}}",
        10, 36, "'vales'", "values", "values", "unknown key",
    ),
    "unknown key in a list entry": ("dsn:", "dns:", 19, 5, "'dns'", "dsn", "dsn", "unknown key"),
    "missing key": ("owners: [team:alpha]\n", "", 1, 1, None, None, None, "'owners' is missing"),
    "unknown system": ("system: csv", "system: cvs", 8, 13, "'cvs'", "csv", "csv", "no system"),
    "unknown connector": (
        "system: csv", "system: csv\n    connector: flies", 9, 16, "'flies'", "files", "files", "no connector",
    ),
    "unknown reader": ("reader: postgres", "reader: postgress", 18, 13, "'postgress'", "postgres", "postgres", "cannot be"),
    "unknown state": ("[IA, NE]", "[IA, XX]", 5, 14, "'XX'", "NE", None, "no US state"),
    "state in small letters": ("[IA, NE]", "[IA, ne]", 5, 14, "'ne'", "NE", "NE", "no US state"),
    "state twice": ("[IA, NE]", "[IA, IA]", 5, 9, "['IA', 'IA']", None, None, "stands twice"),
    "bad enum": (
        "state: {by: feed}", "mode: ful", 10, 11, "'ful'", "full", "full", "cannot be",
    ),
    "unknown binding": ("{by: feed}", "{by: feeds}", 10, 17, "'feeds'", "feed", "feed", "cannot be"),
    "bad name": ("tenant: alpha", "tenant: Alpha", 1, 9, "'Alpha'", None, None, "cannot be"),
    "bad key": ("  feed:", "  Feed:", 7, 3, "'Feed'", None, None, "cannot be"),
    "bad owner": ("team:alpha", "alpha", 3, 10, "'alpha'", None, None, "cannot be"),
    "a secret in the place of its name": (
        "PUBLISH_DSN", "postgresql://u:p@h/d", 19, 10, None, None, None, "never the secret itself",
    ),
    "number for a text": ("Alpha 211", "211", 2, 15, "211", None, None, "in quotes"),
    "wrong shape": ("[team:alpha]", "{a: b}", 3, 9, None, None, None, "not a list"),
    "other tenant's name": ("tenant: alpha", "tenant: alpah", 1, 9, "'alpah'", "alpha", "alpha", "folder"),
    "warns after it fails": ("26h", "3d", 14, 12, None, None, None, "not before it fails"),
    "warns longer before than deadlines lie apart": (
        "{warn: 26h, fail: 36h}", '{by: {cron: "0 8 * * *"}, warn_before: 24h}', 14, 12, None, None, None, "24h lie between",
    ),
    "warns before anything counts": (
        "{warn: 26h, fail: 36h}", '{by: {cron: "0 8 * * *"}, within: 2h, warn_before: 3h}', 14, 12, None, None, None, "within 2h counts",
    ),
    "a deadline that never comes": (
        "{warn: 26h, fail: 36h}", '{by: {cron: "0 8 31 4,6 *"}}', 14, 24, "'0 8 31 4,6 *'", None, None, "never fires",
    ),
    "a deadline in no zone": (
        "{warn: 26h, fail: 36h}", '{by: {cron: "0 8 * * *", timezone: America/Chicag}}',
        14, 47, "'America/Chicag'", None, "America/Chicago", "no time zone",
    ),
    "a deadline and a window": (
        "{warn: 26h, fail: 36h}", '{by: {cron: "0 8 * * *"}, warn: 2h}', 14, 38, "'warn'", "warn_before", None, "unknown key",
    ),
    "unknown key of a window": ("{warn: 26h,", "{wran: 26h,", 14, 13, "'wran'", "warn", "warn", "unknown key"),
    "cron and every": ("timezone: A", "every: 6h, timezone: A", 15, 11, None, "every", None, "not both"),
    "neither cron nor every": ('cron: "15 3 * * *", ', "", 15, 11, None, "every", None, "`cron` or `every`"),
    "an interval without fixed hours": ('cron: "15 3 * * *"', "every: 7h", 15, 11, None, "6h", None, "divides neither"),
    "an unknown preset": (
        "publish:", "automation: fresh_on_ned\npublish:", 16, 13, "'fresh_on_ned'", "manual", "fresh_on_need", "cannot be",
    ),
    "on_schedule without a schedule": (
        'schedule: {cron: "15 3 * * *", timezone: America/Chicago}', "automation: on_schedule", 15, 13, None, None, None, "there is none",
    ),
    "manual with a schedule": ("publish:", "automation: manual\npublish:", 16, 13, None, None, None, "starts nothing"),
    "on_arrival without arrivals": ("publish:", "automation: on_arrival\npublish:", 16, 13, None, None, None, "what arrives"),
    "on_upstream without assets": (
        "publish:", "automation: on_upstream\npublish:", 16, 13, None, None, None, "names none",
    ),
    "assets upstream that nothing heeds": (
        "publish:", "trigger: {upstream: [airbyte/alpha]}\npublish:", 16, 21, None, None, None, "is heeded by on_upstream",
    ),
    "cron out of range": ("15 3", "61 3", 15, 18, "'61 3 * * *'", None, None, "outside 0 to 59"),
    "cron that never fires": ("15 3 * * *", "15 3 31 2 *", 15, 18, "'15 3 31 2 *'", None, None, "never fires"),
    "unknown time zone": (
        "America/Chicago", "America/Chicag", 15, 42, "'America/Chicag'", None, "America/Chicago", "no time zone",
    ),
    "no feed per state": ('{path: "{state}"}', "{path: drops}", 9, 5, None, None, None, "no setting holds {state}"),
    "unknown placeholder": (
        '"{state}"', '"{state}/{sate}"', 9, 5, "'sate'", "state", "state", "unknown placeholder",
    ),
    "unknown setting": ("{path:", "{pth: x, path:", 9, 16, "'pth'", "path", "path", "unknown key"),
    "bad setting": ("{path:", "{pick: newst, path:", 9, 22, "'newst'", "newest", "newest", "cannot be"),
    "path that leaves the drops": ('"{state}"', '"../{state}"', 9, 22, "'../{state}'", None, None, "leaves the drop"),
    "whole with two states": ("by: feed", "by: whole", 10, 17, "'whole'", "column", None, "needs one state"),
    "values for a foreign state": (
        'settings: {path: "{state}"}\n    state: {by: feed}',
        "state: {by: column, column: ID, values: {A: IA, B: NE, C: KS}}",
        9, 63, "'KS'", "IA", None, "does not have the state",
    ),
    "state without a value": (
        'settings: {path: "{state}"}\n    state: {by: feed}',
        "state: {by: column, column: ID, values: {A: IA}}", 9, 37, None, None, None, "leads to NE",
    ),
    "state column that no table has": (
        'settings: {path: "{state}"}\n    state: {by: feed}', "state: {by: column, column: IDS}",
        9, 33, "'IDS'", None, "ID", "has no column",
    ),
    "divided and fed by state": (
        "{by: feed}", "{by: column, column: ID}", 9, 5, None, None, None, "cannot hold {state}",
    ),
    "contract that is not there": (
        "      agency:\n", "      agency: {contract: contracts/none.odcs.yaml}\n",
        13, 26, "'contracts/none.odcs.yaml'", None, None, "does not exist",
    ),
    "contract above the folder": (
        "      agency:\n", "      agency: {contract: ../beta/contracts/agency.odcs.yaml}\n",
        13, 26, "'../beta/contracts/agency.odcs.yaml'", None, None, "is not a relative path",
    ),
    "absolute contract": (
        "      agency:\n", "      agency: {contract: /etc/passwd}\n", 13, 26, "'/etc/passwd'", None, None, "relative",
    ),
    "unknown policy": (
        "      agency:\n", "      agency: {policy: {on_reject: quarantin}}\n",
        13, 36, "'quarantin'", "quarantine", "quarantine", "cannot be",
    ),
    "share beyond all rows": (
        "      agency:\n", "      agency: {policy: {on_reject: quarantine, max_share: 2}}\n",
        13, 59, "2", None, None, "less than or equal to 1",
    ),
    "share of a blocking table": (
        "      agency:\n", "      agency: {policy: {max_share: 0.1}}\n", 13, 36, None, None, None, "no share is set aside",
    ),
    "quarantine without a share": (
        "      agency:\n", "      agency: {policy: {on_reject: quarantine}}\n", 13, 16, None, None, None, "no share may be",
    ),
    "same place twice": ("  - reader: hsds_package\n", "  - reader: hsds_package\n  - reader: hsds_package\n",
        18, 5, "'hsds_package'", None, None, "same place as entry 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_is_told_with_line_value_allowed_and_guess(project, case) -> None:
    old, new, line, column, value, allowed, guess, words = case
    assert TENANT.count(old) == 1
    project.tenant(text=TENANT.replace(old, new))

    loaded = project.load()

    assert loaded.tenants == ()
    problem = next(p for p in loaded.errors if words in p.problem or words in str(p))
    assert (problem.file, problem.line, problem.column) == ("tenants/alpha/tenant.yaml", line, column)
    assert (problem.value, problem.guess, problem.tenant) == (value, guess, "alpha")
    assert allowed is None or allowed in problem.allowed
    assert f"tenants/alpha/tenant.yaml:{line}:{column}: " in str(problem)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_makes_no_further_noise(project, case) -> None:
    project.tenant(text=TENANT.replace(case[0], case[1]))

    errors = project.load().errors

    assert len({e.line for e in errors}) == 1


def test_the_shape_that_cases_start_from_is_sound(project) -> None:
    project.tenant()

    loaded = project.load()

    assert loaded.errors == ()
    assert [t.name for t in loaded.tenants] == ["alpha"]


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order(project) -> None:
    text = (
        TENANT.replace("owners:", "ownres:")
        .replace("NE]", "XX]")
        .replace("csv", "cvs")
        .replace("15 3", "61 3")
    )
    project.tenant(text=text)

    errors = project.load().errors

    assert [e.line for e in errors] == [3, 5, 8, 15]


def test_mistakes_of_sources_are_told_although_the_tenant_itself_is_wrong(project) -> None:
    project.tenant(text=TENANT.replace("owners:", "ownres:").replace('{path: "{state}"}', "{pth: x}"))

    problems = [e.problem for e in project.load().errors]

    assert "unknown key 'ownres'" in problems
    assert "unknown key 'pth'" in problems


def test_a_broken_tenant_leaves_the_others_standing(project) -> None:
    project.tenant("alpha", TENANT.replace("owners:", "ownres:"))
    project.tenant("beta", TENANT.replace("tenant: alpha", "tenant: beta"))
    project.tenant("gamma", "][")

    loaded = project.load()

    assert [t.name for t in loaded.tenants] == ["beta"]
    assert {e.tenant for e in loaded.errors} == {"alpha", "gamma"}


def test_two_tenants_may_not_publish_to_the_same_place(project) -> None:
    project.tenant("alpha")
    taken = TENANT.replace("tenant: alpha", "tenant: beta") + "    db_schema: alpha\n"
    project.tenant("beta", taken)

    loaded = project.load()

    assert [t.name for t in loaded.tenants] == ["alpha"]
    assert "same place as the tenant 'alpha'" in loaded.errors[0].problem


def test_two_sources_may_not_load_the_same_raw_table(project) -> None:
    two = TENANT.replace(
        "freshness:",
        '  a:\n    system: csv\n    settings: {path: "{state}"}\n    tables: {b_c: }\n'
        '  a_b:\n    system: csv\n    settings: {path: "{state}"}\n    tables: {c: }\nfreshness:',
    )
    project.tenant(text=two, b_c=_named("b_c"), c=_named("c"))

    errors = project.load().errors

    assert [(e.line, e.value) for e in errors] == [(18, "'a_b_c'")]
    assert "would both load the raw table 'a_b_c'" in errors[0].problem


def test_an_unknown_tenant_in_the_filter_is_an_error(project) -> None:
    project.tenant()

    loaded = project.load("alpah")

    assert loaded.tenants == ()
    assert (loaded.errors[0].guess, loaded.errors[0].allowed) == ("alpha", ("alpha",))


def test_the_filter_reads_only_the_folders_it_names(project) -> None:
    project.tenant("alpha")
    project.tenant("beta", "][")

    assert project.load("alpha").errors == ()


def test_a_missing_folder_of_tenants_is_an_error(project) -> None:
    errors = project.load().errors

    assert "there is no folder of tenants" in errors[0].problem


def test_an_empty_folder_of_tenants_is_an_error(project) -> None:
    (project.root / "tenants").mkdir()

    assert "holds no tenant" in project.load().errors[0].problem


def test_a_folder_without_a_tenant_file_is_an_error(project) -> None:
    (project.root / "tenants" / "alpha").mkdir(parents=True)

    errors = project.load().errors

    assert (errors[0].file, errors[0].problem) == ("tenants/alpha/tenant.yaml", "the file does not exist")


def test_a_link_that_leads_out_of_the_folder_is_refused(project, tmp_path) -> None:
    folder = project.tenant()
    outside = tmp_path / "outside.yaml"
    outside.write_text((folder / "contracts/agency.odcs.yaml").read_text())
    (folder / "contracts/agency.odcs.yaml").unlink()
    (folder / "contracts/agency.odcs.yaml").symlink_to(outside)

    errors = project.load().errors

    assert "is a link that leads out of the folder" in errors[0].problem


def test_a_linked_folder_of_contracts_is_refused(project, tmp_path) -> None:
    folder = project.tenant()
    (folder / "contracts").rename(tmp_path / "elsewhere")
    (folder / "contracts").symlink_to(tmp_path / "elsewhere")

    errors = project.load().errors

    assert all("is a link that leads out of the folder" in e.problem for e in errors)
    assert len(errors) == 2


def _named(table: str) -> str:
    from tests.spec.conftest import HEAD

    return HEAD.format(table=table)
