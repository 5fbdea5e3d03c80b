"""The report fits into a comment, and a spec's texts stay texts in it."""

from __future__ import annotations

import json

from dagster_ingest.evolution.change import change
from dagster_ingest.evolution.compared import Compared, Comparison
from dagster_ingest.evolution.report import MARK, MAX_CHARS, as_dict, markdown
from dagster_ingest.evolution.snapshot import Place
from dagster_ingest.spec.contract import Contract

# What GitHub takes in a comment.
GITHUB = 65_536


def contract(version: str) -> Contract:
    return Contract("id", version, "service", "systems/v/service.odcs.yaml", (), ())


def comparison(title: str = "v/service 1", count: int = 1, words: str = "Fees", **more) -> Comparison:
    found = tuple(change("column_removed", f"COLUMN_{i}", (f"COLUMN_{i}",), words) for i in range(count))
    places = (Place("alpha", "feed", "service", "feed_service"),)
    old, new = contract("1.0.0"), contract("1.1.0")
    return Comparison(title, "systems/v/service.odcs.yaml", 4, old, new, found, places, **more)


def compared(*comparisons: Comparison, notes: tuple[str, ...] = ()) -> Compared:
    return Compared("origin/main", "a" * 40, comparisons, notes)


def test_a_report_begins_with_its_mark_and_says_what_to_do():
    told = markdown(compared(comparison(problem="a minor step, not a major one", needed="2.0.0")))

    assert told.startswith(f"{MARK}\n## Data contracts: breaking\n")
    assert "**1 version needs a step**" in told
    assert (
        "service.odcs.yaml&#58;4</code> | v/service 1 | a minor step, not a major one | **2.0.0** |" in told
    )
    assert "1.0.0 -&gt; 1.1.0 · breaking · reaches alpha" in told


def test_a_report_without_a_change_says_so():
    assert "Nothing differs from origin/main (aaaaaaaaa)" in markdown(compared())


def test_a_report_never_outgrows_a_comment():
    many = [
        comparison(f"v/table_{i} 1", 80, "x" * 120, problem="no step", needed="2.0.0") for i in range(400)
    ]

    told = markdown(compared(*many), "downstream\n" * 20_000)

    assert len(told.encode()) < GITHUB
    assert len(told) <= MAX_CHARS
    assert told.count("<details") == told.count("</details>")
    assert "more contracts" in told


def test_the_worst_contracts_are_shown_first():
    mild = Comparison(
        "v/mild 1", "f", None, contract("1.0.0"), contract("1.1.0"), (change("column_added", "A"),)
    )

    told = markdown(compared(mild, comparison("v/bad 1")))

    assert told.index("v/bad 1") < told.index("v/mild 1")


def test_texts_of_a_spec_are_no_markup():
    words = "`x` | <img src=x> @everyone #12 [a](http://b.example) **c** </details> \n\n# d"

    told = markdown(compared(comparison(words=words), notes=(words,)))

    for markup in ("<img", "@everyone", " #12", "[a]", "http://", "**c**", "\n# d", "`x`"):
        assert markup not in told
    assert told.count("</details>") == 1
    assert "&lt;img src=x&gt; &#64;&#8203;everyone &#35;&#8203;12" in told


def test_the_json_form_names_every_change_and_its_classes():
    found = as_dict(compared(comparison(problem="no step", needed="2.0.0")))

    assert json.loads(json.dumps(found)) == found
    assert found["ok"] is False
    assert found["comparisons"][0]["changes"][0] == {
        "kind": "column_removed",
        "subject": "COLUMN_0",
        "columns": ["COLUMN_0"],
        "before": "Fees",
        "after": None,
        "writers": "compatible",
        "readers": "breaking",
        "class": "breaking",
        "step": "major",
        "why": "queries that name it fail",
        "hint": None,
    }
