"""Broken cells beside sound ones: every model still runs, and the sound records come out as ever.

The cells are those of the rules (nested lists, hours, coverage, fees, phones), cut, doubled and strewn with
odd signs, in copies of the rules' records under ids of their own. One build for each system: dbt costs
seconds, a row nothing.
"""

from __future__ import annotations

import random
import re

import pytest

from dagster_ingest.extract.decode import CODECS
from tests.dbt_elt import (
    rule_cases,
    test_airs,
    test_hsds,
    test_icarol_api,
    test_icarol_rules,
    test_visionlink,
    test_wellsky,
)
from tests.dbt_elt.harness import Warehouse

ODD = (
    "'", '"', "[", "]", "{", "}", "\\", "\\u0000", "\\ud800", "null", "None", "-1", "1e999", "NaN", ":", ",,",
    ";", "\n", "\t", "é", "🙂", "\u202e", "\u00a0", "%", "$1", "(?", "24:00", "99:99 PM", "00", "<b>", "&#0;",
    "--", "1900-13-45", "(555", "http://", "@", "''; drop table x; --", "{{ 1 }}", "a" * 3000,
)  # fmt: skip
COPIES = 4
JUNK = re.compile(r"(?:^|:)7\d{7}(?:$|:)")
Row = dict[str, object]


def broken(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        at, to = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        text = chance.choice(
            (
                text[:at],
                text[at:],
                text[:at] + text[to:],
                text[:to] + text[at:],
                text[:at] + chance.choice(ODD) + text[at:],
                text[:at] + chance.choice(ODD) + text[to:],
                text * 2,
                chance.choice(ODD),
            )
        )[:20_000]
    return text


def spoiled(row: Row, chance: random.Random, keys: set[str], seeds: list[str], codec: str = "json") -> Row:
    """A row with some broken cells; companions follow their cells as they do at extraction."""
    found = dict(row)
    free = [name for name in row if name not in keys and not name.endswith("_json")]
    for name in chance.sample(free, min(len(free), chance.randint(1, 4))):
        cell = found[name]
        text = broken(str(cell) if cell else chance.choice(seeds), chance)
        found[name] = text
        if f"{name}_json" in row:
            found[f"{name}_json"] = CODECS[codec](text)
    return found


def renumbered(row: Row, copy: int) -> Row:
    """The row's ids of five digits get three more in front, wherever they stand."""

    def moved(cell: object) -> object:
        text = cell if isinstance(cell, str) else None
        return cell if text is None else re.sub(r"(?<!\d)(\d{5})(?!\d)", rf"7{copy:02d}\1", text)

    return {name: moved(cell) for name, cell in row.items()}


MODULES = {
    "visionlink": (test_visionlink, "PA", ["public", "opted_in"]),
    "wellsky": (test_wellsky, "FL", ["public", "opted_in"]),
    "airs": (test_airs, "CO", ["public", "opted_in", "privacy"]),
    "hsds": (test_hsds, "IA", ["hsds_public", "hsds_opted_in"]),
    "hsds_api": (test_hsds, "IA", ["hsds_api_public"]),
    "icarol_api": (test_icarol_api, "IA", ["public", "opted_in"]),
}
CASES = [
    pytest.param(system, name, id=f"{system}-{name}") for system, (_, _, n) in MODULES.items() for name in n
]


@pytest.mark.slow
@pytest.mark.parametrize(("system", "name"), CASES)
def test_rules_hold_beside_broken_rows(dbt_elt, tmp_path, system, name):
    chance = random.Random(f"{system}/{name.removeprefix(system + '_')}")
    module, state, _ = MODULES[system]
    file = module.FILES[name]
    clean, codec = file.rows(), "python_literal" if system == "wellsky" else "json"
    moved_on = [renumbered(row, 0) for rows in clean.values() for row in rows]
    seeds = [str(cell) for row in moved_on for cell in row.values() if cell]  # names no sound record's id
    keys = set(file.shape.ids)
    warehouse = Warehouse(tmp_path / "acme.duckdb", dbt_elt)
    for table, rows in clean.items():
        headings = list(dict.fromkeys(column for row in rows for column in row))
        junk = [
            spoiled({c: renumbered(row, n).get(c) for c in headings}, chance, keys, seeds, codec)
            for n in range(COPIES)
            for row in rows
        ]
        warehouse.land(f"{system}_{table}", [*rows, *junk], state=state)

    warehouse.build(systems=[system], state=state, command="run", **file.choices)

    for rule in file.rules:
        for entity in rule.expect:
            rows = [row for row in warehouse.rows(entity) if not JUNK.search(row["_source_id"])]
            assert rule_cases.difference(rule, file.shape, entity, rows) == ([], []), (rule.sentence, entity)
    strange = [row for row in warehouse.rows("organization") if JUNK.search(row["_source_id"])]
    first = next(iter(clean.values()))
    assert len(strange) >= min(6, len(first) * COPIES / 4), (
        "broken records are to come through, not be dropped"
    )


@pytest.mark.slow
def test_icarol_rows_come_out_the_same_beside_broken_ones(dbt_elt, tmp_path):
    chance = random.Random("icarol")
    cases = [case for case in test_icarol_rules.RULES if not case.get("choices")]
    clean = [test_icarol_rules.export_row(row, case["prefix"]) for case in cases for row in case["rows"]]
    seeds = [cell for row in clean for cell in row.values() if cell]
    headings = list(dict.fromkeys(column for row in clean for column in row))
    keys = {"ResourceAgencyNum", "TaxonomyLevelName", *test_icarol_rules.LINKS.values()}
    junk = [
        spoiled({c: moved(row.get(c), c in keys, n) for c in headings}, chance, keys, seeds)
        for n in range(COPIES)
        for row in clean
    ]

    alone = published(Warehouse(tmp_path / "alone.duckdb", dbt_elt), clean)
    beside = published(Warehouse(tmp_path / "beside.duckdb", dbt_elt), [*clean, *junk])

    for table, rows in alone.items():
        assert known(beside[table]) == known(rows), table
    assert len(beside["organization"]) > len(alone["organization"]) + 20


def moved(cell: str | None, is_key: bool, copy: int) -> str | None:
    return re.sub(r"^r(\d+)-", rf"j{copy}-\1-", cell) if cell and is_key else cell


def published(warehouse: Warehouse, rows: list[Row]) -> dict[str, list[dict]]:
    warehouse.land("icarol_resource", rows)
    warehouse.build(systems=["icarol"], command="run", as_of="2026-03-02")
    return warehouse.tables()


def known(rows: list[dict]) -> list[dict]:
    """The rows of sound records. Taxonomy terms are shared by all records."""
    return [
        row
        for row in rows
        if re.search(r"\br\d+-", row["_source_id"]) and not re.search(r"\bj\d+-", row["_source_id"])
    ]
