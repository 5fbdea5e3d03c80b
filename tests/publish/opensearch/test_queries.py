"""All forms of search requests over a stage made by hand, in two languages."""

from __future__ import annotations

import pytest

from dagster_ingest.publish.opensearch.lint import lint
from dagster_ingest.publish.opensearch.mappings import RESOURCES, index_body
from dagster_ingest.publish.opensearch.server import Server
from dagster_ingest.testing import opensearch
from dagster_ingest.testing.search import forms
from dagster_ingest.testing.search.all import FORMS
from dagster_ingest.testing.search.answers import Question
from dagster_ingest.testing.search.facts import facts
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows
from tests.search_servers import ASKED, STAND_IN

MAPPING = index_body(RESOURCES, shards=1)["mappings"]


@pytest.fixture(scope="module")
def partition():
    rows = search_rows(60, tenant="gulf", state="FL", languages=("es",))
    for number, record in enumerate(rows["search_record"]):  # some are for everybody, some have no pin
        record["maximum_age"] = (None, 17, 65.5)[number % 3]
        if number % 7 == 3:
            record["address_1"] = None
    return stage_partition(rows, tenant="gulf", state="FL", locales=("en", "es"))


@pytest.fixture
def shown(server, reader_at, partition) -> str:
    """Address of a server that shows it. It is published once, since no test here changes anything."""
    reader = reader_at(server, replicas=0)
    if reader.published("gulf", "FL") != partition.version:
        opensearch.wipe(server)
        reader.publish(partition)
    return server


@pytest.mark.parametrize("server", ASKED, indirect=True)
@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_request_finds_what_the_stage_says(request, shown, partition, form, code) -> None:
    kind = request.node.callspec.params["server"]
    if kind == STAND_IN and form == "order by name":
        pytest.skip("the stand-in sorts keywords as they are written, without the mapping's normalizer")
    asked = list(FORMS[form](facts(partition, code)))
    assert asked
    said = []
    with Server(shown) as asking:
        for question in asked:
            said += [f"{question.name}: {problem}" for problem in lint(question.body, MAPPING)]
            answer = asking.once("POST", f"/gulf-resources_{code}/_search", question.body, question.params)
            said += [f"{question.name}: {each}" for each in question.wrong(answer)]
    assert said == []


def test_every_form_asks_for_some_and_not_for_all(partition) -> None:
    """Expectations have power: none is always empty, and those that choose do choose."""
    known = facts(partition, "es")
    whole = {"order", "order by name", "order by distance", "pages", "counts"}
    for form, make in FORMS.items():
        found = [len(q.hits) for q in make(known) if q.hits is not None]
        assert form in whole or any(0 < count < len(known) for count in found), form


HITS = {"hits": {"total": {"value": 2}, "hits": [{"_id": "a", "_source": {}}, {"_id": "b", "_source": {}}]}}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("q", {}, frozenset({"a"}), total=2), "found too much: ['b']"),
        (Question("q", {}, frozenset({"a", "b", "c"}), total=2), "not found: ['c']"),
        (Question("q", {}, ["b", "a"]), "in the order"),
        (Question("q", {}, ["a", "b"], total=9), "2 in all and not 9"),
        (Question("q", {}, frozenset({"a", "b"}), rising={"a": 2.0, "b": 1.0}), "1.0 after 2.0"),
    ],
)
def test_a_wrong_answer_is_told(question, said) -> None:
    assert len(question.wrong(HITS)) == 1
    assert said in question.wrong(HITS)[0]


def test_the_right_answer_is_right() -> None:
    assert Question("q", {}, ["a", "b"], rising={"a": 1.0, "b": 2.0}).wrong(HITS) == []


def test_limits_of_the_forms() -> None:
    node: forms.Tree = "XB"
    for _ in range(forms.DEEPEST):
        node = {"OR": [node]}
    assert forms.tree(node)
    with pytest.raises(ValueError, match="at most 5 deep"):
        forms.tree({"AND": [node]})
    with pytest.raises(ValueError, match="at most 300 hits"):
        forms.request(size=301)
