"""Whose secret a name is, and what a missing one says."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from dagster_ingest import redact
from dagster_ingest.errors import AccessDenied, SpecError
from dagster_ingest.secrets import secrets_of
from dagster_ingest.secrets.resolve import TenantSecrets
from dagster_ingest.settings import Settings


class Kept:
    """A keeper in memory that counts how often it is asked."""

    def __init__(self, **values: str) -> None:
        self.values, self.asked = values, []

    def get(self, name: str) -> str | None:
        self.asked.append(name)
        return self.values.get(name)

    def place(self, name: str) -> str:
        return f"memory {name}"


def test_a_tenant_gets_its_own_then_the_shared_one():
    kept = Kept(GULF__TOKEN="gulf's own", SHARED__TOKEN="everyone's")

    assert TenantSecrets("gulf", [kept])("TOKEN") == "gulf's own"
    assert TenantSecrets("prairie", [kept])("TOKEN") == "everyone's"


def test_the_tenants_own_counts_wherever_it_is_kept():
    first, second = Kept(SHARED__TOKEN="everyone's"), Kept(GULF__TOKEN="gulf's own")

    assert TenantSecrets("gulf", [first, second])("TOKEN") == "gulf's own"


@pytest.mark.parametrize("name", ["PRAIRIE__TOKEN", "_PRAIRIE__TOKEN", "../TOKEN", "token", "", "A" * 90])
def test_no_name_leads_to_another_tenants_secret(name):
    kept = Kept(PRAIRIE__TOKEN="theirs", TOKEN="plain")

    with pytest.raises(SpecError, match="cannot be the name of a secret"):
        TenantSecrets("gulf", [kept])(name)
    assert kept.asked == []


def test_a_plain_variable_is_no_secret_of_anybody():
    with pytest.raises(SpecError, match="nowhere to be found"):
        TenantSecrets("gulf", [Kept(TOKEN="plain")])("TOKEN")


def test_a_missing_secret_says_where_it_was_looked_for():
    with pytest.raises(SpecError) as found:
        TenantSecrets("gulf", [Kept()])("TOKEN")

    assert "memory GULF__TOKEN; memory SHARED__TOKEN" in str(found.value)


def test_a_value_is_fetched_once_and_masked_from_then_on():
    kept = Kept(GULF__TOKEN="long-value")
    secrets = TenantSecrets("gulf", [kept])

    assert secrets("TOKEN") == secrets("TOKEN") == "long-value"
    assert kept.asked == ["GULF__TOKEN"]
    assert redact.redact("it is long-value") == "it is ***"
    assert "long-value" not in repr(secrets)


def test_secrets_are_not_pickled():
    with pytest.raises(TypeError, match="do not travel"):
        pickle.dumps(TenantSecrets("gulf", []))


def test_no_tenant_is_called_shared():
    with pytest.raises(SpecError, match="no tenant may be called 'shared'"):
        TenantSecrets("shared", [])


def test_what_is_missing_is_listed_without_values():
    secrets = TenantSecrets("gulf", [Kept(GULF__THERE="value", GULF__EMPTY="")])

    missing = secrets.missing(["THERE", "EMPTY", "GONE", "GONE"])

    assert [m.name for m in missing] == ["EMPTY", "GONE"]
    assert missing[1].looked == ("memory GULF__GONE", "memory SHARED__GONE")


def test_environment_and_files(tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o750)
    (folder / "GULF__FILED").write_text("filed value\n")
    (folder / "GULF__FILED").chmod(0o600)
    monkeypatch.setenv("GULF__SET", " set value ")
    secrets = secrets_of(Settings.load(root=tmp_path, secrets="env,files:kept"), "gulf")

    assert secrets("SET") == "set value"
    assert secrets("FILED") == "filed value"
    assert [m.looked for m in secrets.missing(["GONE"])] == [
        (
            "environment variable GULF__GONE",
            f"file {folder / 'GULF__GONE'}",
            "environment variable SHARED__GONE",
            f"file {folder / 'SHARED__GONE'}",
        )
    ]


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o700, 0o644), (0o700, 0o602), (0o707, 0o600)])
def test_a_file_that_is_open_to_everybody_is_refused(tmp_path, folder_mode, file_mode):
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "GULF__FILED").write_text("filed value")
    (folder / "GULF__FILED").chmod(file_mode)
    folder.chmod(folder_mode)

    with pytest.raises(AccessDenied, match="open to every user") as found:
        secrets_of(Settings.load(root=tmp_path, secrets="files:kept"), "gulf")("FILED")
    assert "filed value" not in str(found.value)


@pytest.mark.parametrize(
    ("keepers", "extra"),
    [
        ("keyring", "keyring"),
        ("vault", "vault"),
        ("aws", "aws"),
        ("gcp:p", "gcp"),
        ("azure:https://v.vault.azure.net", "azure"),
    ],
)
def test_a_missing_library_names_the_extra(tmp_path, keepers, extra):
    """In a process where no keeper's library can be imported."""
    code = (
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'keyring', 'hvac', 'boto3', 'botocore', 'google', 'azure'}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
        "from dagster_ingest.secrets import secrets_of\n"
        "from dagster_ingest.settings import Settings\n"
        f"secrets = secrets_of(Settings.load(root={str(tmp_path)!r}, secrets={keepers!r}), 'gulf')\n"
        "try:\n"
        "    secrets('TOKEN')\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f"pip install 'dagster-ingest[{extra}]'" in found.stdout
