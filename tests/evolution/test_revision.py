"""A git revision beside the working tree."""

from __future__ import annotations

import os
import subprocess

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.evolution.revision import beside
from dagster_ingest.settings import Settings
from tests.evolution.conftest import contract

SERVICE_FILE = "systems/vendor/contracts/service.odcs.yaml"


def test_the_revision_stands_beside_the_tree_and_goes_at_the_end(repository):
    before = (repository.root / SERVICE_FILE).read_text()
    repository.service("9.0.0")

    with beside(repository.settings(), "HEAD") as pair:
        old = pair.old.settings.root
        assert (old / SERVICE_FILE).read_text() == before
        assert "9.0.0" in (pair.new.settings.root / SERVICE_FILE).read_text()

    assert not old.exists()
    assert repository.git("status", "--porcelain") == f"M {SERVICE_FILE}"


def test_branches_tags_and_earlier_commits_are_revisions(repository):
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "-a", "v1", "-m", "v1")
    repository.service("1.1.0")
    second = repository.commit()

    commits = {}
    for name in ("HEAD~1", "v1", first[:10], "main"):
        with beside(repository.settings(), name) as pair:
            commits[name] = pair.commit

    assert commits == {"HEAD~1": first, "v1": first, first[:10]: first, "main": second}


def test_an_attribute_that_keeps_files_out_of_archives_hides_no_contract(repository):
    repository.write(".gitattributes", "*.odcs.yaml export-ignore\n")
    repository.commit()

    with beside(repository.settings(), "HEAD") as pair:
        assert pair.tenants == frozenset()
    repository.service("1.0.0", "      - {name: STATUS}\n")

    assert not repository.compare().ok


def test_a_file_that_git_ignores_is_part_of_the_working_tree(repository):
    repository.write(".gitignore", "tenants/gamma\n")
    repository.tenant("gamma")

    assert [c.title for c in repository.compare().comparisons] == ["gamma"]


def test_a_project_in_a_folder_of_the_repository_is_compared(repository, tmp_path):
    inner = repository.root / "data platform"
    inner.mkdir()
    for name in ("tenants", "systems"):
        (repository.root / name).rename(inner / name)
    repository.commit()
    settings = Settings.load(root=inner, tenants_dir="tenants", home=tmp_path / "var")

    with beside(settings, "HEAD") as pair:
        assert pair.tenants == frozenset()
        assert (pair.old.settings.root / SERVICE_FILE).is_file()


def test_only_tenants_with_a_difference_are_looked_at_while_systems_are_equal(repository):
    repository.tenant("beta", "{agency: }")

    with beside(repository.settings(), "HEAD") as pair:
        assert pair.tenants == {"beta"}
        assert not (pair.old.settings.tenants_dir / "alpha").exists()


def test_systems_that_the_revision_ships_are_used_in_place_of_the_installed(repository):
    repository.write("dagster_ingest/systems/csv/system.yaml", "system: csv\ntitle: Old\nown_tables: {}\n")
    repository.commit()

    with beside(repository.settings(), "HEAD") as pair:
        assert pair.old.shipped == pair.old.settings.root / "dagster_ingest/systems"
        assert pair.new.shipped == repository.root / "dagster_ingest/systems"
    with beside(repository.settings(), "HEAD~1") as pair:
        assert pair.old.shipped.name == "systems"
        assert pair.old.shipped.parent.name == "dagster_ingest"
        assert not pair.old.shipped.is_relative_to(pair.old.settings.root)


def test_a_link_inside_the_project_is_kept_and_one_that_leads_out_is_not(repository, tmp_path):
    (tmp_path / "outside.yaml").write_text("secret")
    folder = repository.root / "tenants/alpha/contracts"
    folder.mkdir()
    repository.write("tenants/alpha/contracts/real.odcs.yaml", contract())
    (folder / "inside.odcs.yaml").symlink_to("real.odcs.yaml")
    (folder / "outside.odcs.yaml").symlink_to(os.path.relpath(tmp_path / "outside.yaml", folder))
    repository.commit()
    repository.tenant("alpha", "{agency: }")

    with beside(repository.settings(), "HEAD") as pair:
        old = pair.old.settings.tenants_dir / "alpha/contracts"
        assert (old / "inside.odcs.yaml").read_text() == contract()
        assert not (old / "outside.odcs.yaml").is_symlink()


@pytest.mark.parametrize("name", ["-n", "--output=x", "", "a\nb"])
def test_what_is_no_revision_is_refused_before_git_sees_it(repository, name):
    with pytest.raises(SpecError, match="cannot be a git revision"), beside(repository.settings(), name):
        pass


@pytest.mark.parametrize("name", ["nowhere", "HEAD:systems", "0" * 40])
def test_a_revision_that_is_not_there_is_named(repository, name):
    with pytest.raises(SpecError, match="there is no revision") as error, beside(repository.settings(), name):
        pass

    assert "fetch-depth: 0" in error.value.fix


def test_a_folder_that_is_no_repository_is_named(tmp_path):
    (tmp_path / "tenants").mkdir()
    settings = Settings.load(root=tmp_path, tenants_dir="tenants")

    with pytest.raises(SpecError, match="is not a git repository"), beside(settings, "HEAD"):
        pass


def test_a_machine_without_git_is_told_so(repository, monkeypatch, tmp_path):
    settings = repository.settings()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SpecError, match="git is not installed"), beside(settings, "HEAD"):
        pass


def test_tenants_outside_the_project_cannot_be_compared(repository, tmp_path):
    settings = Settings.load(root=repository.root, tenants_dir=tmp_path / "elsewhere")

    with pytest.raises(SpecError, match="outside the project"), beside(settings, "HEAD"):
        pass


def test_a_repository_without_a_commit_has_no_revision(tmp_path):
    (tmp_path / "tenants").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    with (
        pytest.raises(SpecError, match="there is no revision 'HEAD'"),
        beside(Settings.load(root=tmp_path, tenants_dir="tenants"), "HEAD"),
    ):
        pass
