"""Which old id leads where."""

from __future__ import annotations

from dagster_ingest.publish.mongodb.leading import Lead, leads


def ends(declared=(), *, moved=(), standing=(), shown="c"):
    """`old>new` texts in, old to new out."""

    def pairs(texts):
        return dict(text.split(">") for text in texts)

    before = {old: Lead(new) for old, new in pairs(standing).items()}
    made = leads(before, pairs(moved), pairs(declared), set(shown))
    return {old: lead.to for old, lead in made.items()}


def test_a_chain_leads_to_its_end() -> None:
    assert ends(["a>b", "b>c"]) == {"a": "c", "b": "c"}
    assert ends(["b>c"], moved=["a>b"]) == {"a": "c", "b": "c"}
    assert ends(moved=["b>c"], standing=["a>b"]) == {"a": "c", "b": "c"}


def test_nothing_leads_to_what_is_not_published() -> None:
    assert ends(["a>b", "b>x"], standing=["d>x"]) == {}
    assert ends(["a>x", "d>c"]) == {"d": "c"}


def test_a_chain_ends_at_the_first_that_is_published() -> None:
    assert ends(["a>b", "b>c"], shown="bc") == {"a": "b"}


def test_an_id_that_is_shown_leads_nowhere() -> None:
    assert ends(["a>c"], standing=["a>c"], shown="ac") == {}


def test_a_ring_leads_nowhere_and_nothing_hangs() -> None:
    assert ends(["a>b", "b>a", "d>a"]) == {}
    assert ends(["a>b"], moved=["b>a"]) == {}


def test_the_tenants_word_goes_before_what_was_found() -> None:
    assert ends(["a>c"], moved=["a>d"], standing=["a>d"], shown="cd") == {"a": "c"}


def test_what_the_tenant_takes_back_is_gone_and_what_was_found_stays() -> None:
    before = {"a": Lead("c", declared=True), "b": Lead("c")}
    assert leads(before, {}, {}, {"c"}) == {"b": Lead("c")}
    assert leads(before, {}, {"b": "c"}, {"c"}) == {"b": Lead("c", declared=True)}
