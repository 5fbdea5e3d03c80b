"""What a tenant may ask of translation, and its own files of words."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.enhance import Enhance
from dagster_ingest.spec.secrets import named_secrets
from dagster_ingest.spec.translation import FIELDS, Translation
from dagster_ingest.spec.translation_files import Override, source_hash, translation_files
from tests.spec.conftest import TENANT, Project

KEY = {"secret": "DEEPL_KEY"}
HEAD = "entity,id,field,locale,text\n"
PART = """\
locales: [en, es]
enhance:
  translation:
    providers: [{provider: deepl, key: {secret: DEEPL_KEY}}]
    glossary: words/glossary.yaml
    overrides: words/texts.csv
"""


def test_left_out_nothing_leaves_the_platform() -> None:
    assert Enhance().translation.providers == []
    assert not Enhance().asks_for("translation")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"providers": [{"provider": "deepl"}]}, "Field required"),
        ({"providers": [{"provider": "deepl", "key": "abc:fx"}]}, "name a secret"),
        ({"providers": [{"provider": "deepl", "key": KEY, "batch": 51}]}, "less than or equal to 50"),
        ({"providers": [{"provider": "google", "key": KEY, "batch": 129}]}, "less than or equal to 128"),
        ({"providers": [{"provider": "azure", "key": KEY, "region": "East US"}]}, "pattern"),
        ({"providers": [{"provider": "libretranslate"}]}, "Field required"),
        ({"providers": [{"provider": "libretranslate", "url": "ftp://x"}]}, "pattern"),
        ({"providers": [{"provider": "bing"}]}, "does not match any of the expected tags"),
        ({"providers": [{"provider": "pseudo", "key": KEY}]}, "not permitted"),
        ({"providers": [{"provider": "pseudo"}, {"provider": "pseudo"}]}, "pseudo stands twice"),
        ({"providers": [{"provider": "pseudo"}, {"provider": "deepl", "key": KEY}]}, "stands alone"),
        ({"fields": {"service.nam": True}}, "no text that can be translated"),
        ({"fields": {"phone.number": True}}, "no text that can be translated"),
        ({"glossary": "/etc/passwd"}, "pattern"),
        ({"budget": {"money": -1}}, "greater than or equal to 0"),
    ],
)
def test_what_is_refused(part: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Translation.model_validate(part)


def test_names_are_not_translated_unless_asked_for() -> None:
    part = Translation.model_validate({"fields": {"service.name": True, "attribute.value": False}})

    names = [name for name in FIELDS if name.endswith(".name") and not name.startswith(("tax", "language"))]
    assert [name for name in names if part.translates(name)] == ["service.name"]
    assert part.translates("service.description")
    assert not part.translates("attribute.value")


def written(project: Project, files: dict[str, str], part: str = PART) -> Path:
    """A tenant with these files in its folder."""
    folder = project.tenant(text=TENANT + part)
    (folder / "words").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "words" / name).write_text(text, encoding="utf-8")
    return folder


GLOSSARY = """\
keep: [WIC, Prairie 211]
terms:
  - term: food pantry
    to: {es: despensa}
"""


def test_files_are_read(project: Project) -> None:
    texts = "entity,id,field,locale,text,source_hash,source,note\n"
    texts += f'service,s1,description,es,"Comidas,\ncalientes",{source_hash("Hot meals")},,by Ana\n'
    texts += "service,s2,description,es,Camas,,Beds,\nservice,s3,name,es,Libros,,,\n"
    written(project, {"glossary.yaml": GLOSSARY, "texts.csv": texts})

    (tenant,) = project.load().tenants
    files = translation_files(tenant)

    assert files.keep == ("WIC", "Prairie 211")
    assert [(term.term, term.to) for term in files.terms] == [("food pantry", {"es": "despensa"})]
    assert files.overrides == (
        Override("service", "s1", "description", "es", "Comidas,\ncalientes", source_hash("Hot meals")),
        Override("service", "s2", "description", "es", "Camas", source_hash("Beds")),
        Override("service", "s3", "name", "es", "Libros", None),
    )
    assert ("DEEPL_KEY", "enhance") in [(s.name, s.user) for s in named_secrets(tenant)]


def test_overrides_may_be_yaml(project: Project) -> None:
    text = "overrides:\n  - {entity: service, id: s1, field: description, locale: es, text: Comidas}\n"
    written(
        project,
        {"glossary.yaml": GLOSSARY, "texts.yaml": text},
        PART.replace("texts.csv", "texts.yaml"),
    )

    (tenant,) = project.load().tenants

    assert translation_files(tenant).overrides == (
        Override("service", "s1", "description", "es", "Comidas", None),
    )


ROW = "service,s1,description,es,Comidas\n"
TEXTS = {
    "unknown entity": (HEAD + ROW + "servce,s2,name,es,x\n", 3, "'servce'", "service"),
    "unknown field": (HEAD + "service,s2,descripton,es,x\n", 2, "'descripton'", "description"),
    "a field that holds no text": (HEAD + "service,s2,url,es,x\n", 2, "'url'", None),
    "unknown locale": (HEAD + "service,s2,name,ex,x\n", 2, "'ex'", None),
    "twice": (HEAD + ROW + ROW, 3, "'s1'", None),
    "no text": (HEAD + "service,s2,name,es,\n", 2, None, None),
    "no id": (HEAD + "service,,name,es,x\n", 2, None, None),
    "too many cells": (HEAD + "service,s2,name,es,x,y,z\n", 2, None, None),
    "a hash that is none": (HEAD.strip() + ",source_hash\nservice,s2,name,es,x,abc\n", 2, None, None),
    "unknown column": (HEAD.strip() + ",langauge\n", 1, "'langauge'", None),
    "missing column": ("entity,id,field,locale\n", 1, None, None),
    "an empty file": ("", 1, None, None),
    "an open quote": (HEAD + 'service,s2,name,es,"x\n', 2, None, None),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_mistake_in_overrides_is_told_with_its_line(project: Project, case: str) -> None:
    text, line, value, near = TEXTS[case]
    written(project, {"glossary.yaml": GLOSSARY, "texts.csv": text})

    loaded = project.load()

    assert loaded.tenants == ()
    problem = loaded.errors[0]
    assert problem.file.endswith("tenants/alpha/words/texts.csv")
    assert (problem.line, problem.value, problem.guess) == (line, value, near)
    assert problem.tenant == "alpha"


GLOSSARIES = {
    "unknown key": ("keeep: [WIC]\n", 1, "keep"),
    "unknown locale": ("terms:\n  - term: food\n    to: {ex: comida}\n", 3, None),
    "twice": ("terms:\n  - {term: food, to: {es: a}}\n  - {term: Food, to: {es: b}}\n", 3, None),
    "no translation": ("terms:\n  - {term: food, to: {}}\n", 2, None),
    "not YAML": ("terms: [\n", None, None),
    "a list": ("- WIC\n", 1, None),
}


@pytest.mark.parametrize("case", GLOSSARIES)
def test_a_mistake_in_a_glossary_is_told_with_its_line(project: Project, case: str) -> None:
    text, line, near = GLOSSARIES[case]
    written(project, {"glossary.yaml": text, "texts.csv": HEAD})

    loaded = project.load()

    problem = loaded.errors[0]
    assert problem.file.endswith("tenants/alpha/words/glossary.yaml")
    assert problem.guess == near
    assert line is None or problem.line == line


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (PART.replace("words/texts.csv", "words/other.csv"), "does not exist"),
        (PART.replace("words/texts.csv", "../beta/tenant.yaml"), "cannot be"),
        (PART.replace("words/texts.csv", "words/../../beta.csv"), "leaves the folder"),
        (PART.replace("words/texts.csv", "words/glossary.txt"), "does not"),
        (PART.replace("key:", "locales: [fr], key:"), "no locale 'fr'"),
    ],
)
def test_a_mistake_in_a_files_name_is_told_in_the_tenant_file(
    project: Project, part: str, words: str
) -> None:
    written(project, {"glossary.yaml": GLOSSARY, "texts.csv": HEAD, "glossary.txt": ""}, part)

    (problem,) = project.load().errors

    assert problem.file.endswith("tenants/alpha/tenant.yaml")
    assert problem.line is not None
    assert words in problem.problem


def test_a_link_that_leads_out_of_the_folder_is_refused(project: Project, tmp_path: Path) -> None:
    folder = written(project, {"glossary.yaml": GLOSSARY})
    (tmp_path / "secret.csv").write_text(HEAD)
    (folder / "words" / "texts.csv").symlink_to(tmp_path / "secret.csv")

    (problem,) = project.load().errors

    assert "leads out of the folder" in problem.problem


def test_a_file_that_broke_since_is_an_error_at_the_run(project: Project) -> None:
    folder = written(project, {"glossary.yaml": GLOSSARY, "texts.csv": HEAD})
    (tenant,) = project.load().tenants
    (folder / "words" / "texts.csv").write_text(HEAD + "service,s2,name,ex,x\n")

    with pytest.raises(SpecError, match=r"texts\.csv:2: the tenant has no locale 'ex'"):
        translation_files(tenant)


def test_white_space_is_not_part_of_a_source() -> None:
    assert source_hash("Hot  meals\r\n") == source_hash("Hot meals") != source_hash("Hot meal")
