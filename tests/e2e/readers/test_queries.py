"""Search requests in all forms, of every sample tenant in every language, with the hits that have to come."""

from __future__ import annotations

import pytest

from dagster_ingest.publish.opensearch.lint import lint
from dagster_ingest.publish.opensearch.mappings import ORGANIZATIONS, RESOURCES, TAXONOMIES, index_body
from dagster_ingest.testing.search import typed
from dagster_ingest.testing.search.all import FORMS
from dagster_ingest.testing.search.facts import Stage, published
from tests.e2e.readers.conftest import LOCALES, TENANTS
from tests.search_servers import STAND_IN

pytestmark = pytest.mark.slow

_BOXES = "to the stand-in a service area is the box around its first part"
CANNOT = {
    "served": _BOXES,
    "areas in a boundary": _BOXES,
    "all at once, located": _BOXES,
    "order by name": "the stand-in sorts keywords as they are written, without the mapping's normalizer",
}


@pytest.mark.parametrize(("tenant", "code"), LOCALES)
@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_request_finds_what_the_stage_says(both, search, form, tenant, code) -> None:
    if search.name == STAND_IN and form in CANNOT:
        pytest.skip(CANNOT[form])
    asked = list(FORMS[form](both.facts(tenant, code)))
    assert asked
    assert wrong(search, f"{tenant}-resources_{code}", RESOURCES, asked) == []


def test_the_forms_that_a_stand_in_cannot_do_are_forms() -> None:
    assert CANNOT.keys() <= FORMS.keys()


@pytest.mark.parametrize(("tenant", "code"), LOCALES)
def test_terms_are_suggested_while_they_are_typed(both, search, tenant, code) -> None:
    terms = {}
    for stage in map(Stage, both.of(tenant)):
        locale = next(each for each in stage.partition.locales if each.split("-")[0] == code)
        for row in stage.rows("taxonomy_term"):
            if row["code"]:
                terms[row["id"]] = (row["code"], stage.say(locale, row["id"], "name", row["name"]))
    asked = list(typed.suggestions(terms))
    assert asked
    assert wrong(search, f"{tenant}-taxonomies_v2_{code}", TAXONOMIES, asked) == []


@pytest.mark.parametrize("tenant", TENANTS)
def test_organizations_are_found_while_their_name_is_typed(both, search, tenant) -> None:
    names = {
        row["organization_id"]: row["organization_name"]
        for partition in both.of(tenant)
        for row in published(partition)
    }
    asked = list(typed.organizations(names, tenant))
    assert wrong(search, "organizations", ORGANIZATIONS, asked) == []


def wrong(search, alias, kind, asked) -> list[str]:
    """What is wrong with the answers, and what the lint says of the requests."""
    mapping = index_body(kind, shards=1)["mappings"]
    said = []
    for question in asked:
        said += [f"{question.name}: {problem}" for problem in lint(question.body, mapping)]
        answer = search.client.once("POST", f"/{alias}/_search", question.body, question.params)
        said += [f"{question.name}: {each}" for each in question.wrong(answer)]
    return said
