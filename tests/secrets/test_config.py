"""Which keepers of secrets an installation names."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.secrets.config import configured
from dagster_ingest.settings import Settings


def _settings(tmp_path, secrets: str = "", file: str | None = None) -> Settings:
    if file is not None:
        (tmp_path / "secrets.yaml").write_text(file)
    return Settings.load(root=tmp_path, secrets=secrets)


def test_the_environment_is_the_default(tmp_path):
    assert [c.provider for c in configured(_settings(tmp_path))] == ["env"]


def test_the_variable_lists_keepers_with_their_main_option(tmp_path):
    found = configured(_settings(tmp_path, "files:/run/x, env ,gcp:proj,azure:https://v.vault.azure.net"))

    assert [c.provider for c in found] == ["files", "env", "gcp", "azure"]
    assert (found[0].folder, found[2].project, found[3].vault) == (
        "/run/x",
        "proj",
        "https://v.vault.azure.net",
    )


def test_the_file_lists_them_with_all_options_and_the_variable_wins(tmp_path):
    text = "providers:\n- {provider: vault, url: 'http://v:8200', mount: kv}\n- provider: env\n"

    assert [c.provider for c in configured(_settings(tmp_path, file=text))] == ["vault", "env"]
    assert [c.provider for c in configured(_settings(tmp_path, "env", file=text))] == ["env"]


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        ("valt", "did you mean 'vault'"),
        ("env:X", "env takes no option"),
        ("files", "folder: Field required"),
        ("gcp", "project: Field required"),
    ],
)
def test_a_wrong_list_is_explained(tmp_path, secrets, said):
    with pytest.raises(SpecError) as found:
        configured(_settings(tmp_path, secrets))

    assert said in str(found.value)
    assert "DAGSTER_INGEST_SECRETS" in str(found.value)


@pytest.mark.parametrize(
    "text", ["- env", "providers: env", "providers: []\nmore: 1", "a: [", "providers: [env]"]
)
def test_a_wrong_file_is_explained(tmp_path, text):
    with pytest.raises(SpecError, match=r"secrets\.yaml|provider"):
        configured(_settings(tmp_path, file=text))
