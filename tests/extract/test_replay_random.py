"""Random deliveries under random contracts: a replay ends where a fresh load of the delivery ends."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dagster_ingest.extract.gathered import NothingToReplay
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.spec.models import ColumnState, Policy
from tests.extract.conftest import World, contract, rule
from tests.extract.test_replay import Replays

RULES = (
    rule("NAME", "required"),
    rule("NAME", "length", max=1),
    rule("NAME", "enum", values=["a", "bb", "é\"'"]),
    rule("NOTE", "type", type="integer"),
    rule("NOTE", "pattern", pattern="^[0-9]+$"),
    rule("NOTE", "unique"),
    rule("NAME", "decodes", codec="python_literal"),
)
CELLS = {
    "ID": st.sampled_from(["1", "2", "3", "4", "5", "6", " 6", ""]),
    "NAME": st.sampled_from(["a", "bb", "é\"'", "[1]", "", "N/A", "x\ny"]),
    "NOTE": st.sampled_from(["1", "22", "x", "", "9" * 30]),
    "OWNER": st.sampled_from(["A", "B", "C", "D"]),
    "More of it": st.sampled_from(["m", ""]),
}
EXTRA = st.permutations(["ID", "NAME", "NOTE", "OWNER", "More of it"])


@st.composite
def files(draw) -> list[str]:
    """One or two files as CSV, columns in any order, some records too short."""
    made = []
    for _ in range(draw(st.integers(1, 2))):
        names = draw(EXTRA)
        names = [n for n in names if n in ("ID", "OWNER") or draw(st.booleans())]
        lines = [",".join(names)]
        for _ in range(draw(st.integers(2, 9))):
            cells = [draw(CELLS[name]) for name in names]
            quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
            lines.append(",".join(quoted[:-1] if draw(st.integers(0, 9)) == 0 else quoted))
        made.append("\n".join(lines) + "\n")
    return made


@st.composite
def terms(draw) -> dict:
    """A contract, its policy, its codecs and the mapping of states."""
    chosen = draw(st.lists(st.sampled_from(RULES), unique_by=lambda r: r.id, max_size=3))
    columns = ["ID", "NAME", "NOTE", *draw(st.sampled_from([(), ("More_of_it",), ("ABSENT",)]))]
    decodes = any(r.kind == "decodes" for r in chosen) or draw(st.booleans())
    made = contract(
        *columns,
        rules=tuple(chosen),
        key=draw(st.sampled_from(["ID", "ID", None])),
        null_texts=draw(st.sampled_from([("",), ("", "N/A")])),
    )
    return {
        "contract": replace(made, checksum=repr((columns, made.rules, made.null_texts))),
        "policy": draw(st.sampled_from([Policy(), *[Policy(on_reject="quarantine", max_share=0.9)] * 3])),
        "decode": {"NAME": "python_literal"} if decodes else {},
        "more": draw(st.sampled_from([{}, {"C": "IA"}, {"C": "NE"}])),
    }


def agree(world: World, of: dict, binding: dict) -> None:
    world.binding = ColumnState(by="column", column="OWNER", values=binding)
    world.table("services", of["contract"], policy=of["policy"], decode=of["decode"], pick="all")


def told(landing: DuckDBLanding, state: str) -> list[tuple]:
    rows = landing.quarantined("feed_services", state)
    return sorted((r.source_uri, r.row_number, r.rules, r.row) for r in rows)


def attempt(replay: Replays, state: str):
    try:
        return replay(state)
    except NothingToReplay as error:
        return error


def may_refuse(words: str, loaded, first) -> bool:
    """A delivery that could not be read, one that is blocked as before, one that another state has not."""
    if loaded.error is not None or loaded.verdict.rows_read == 0:
        return True
    if loaded.outcome == "blocked" and "nothing changed" in words:
        return True
    nothing_kept = first.error is not None or first.verdict.rows_read == 0
    return "which holds another delivery" in words and nothing_kept


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(files(), terms(), terms())
def test_a_replay_ends_where_a_fresh_load_under_the_new_contract_ends(delivered, before, after):
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for number, text in enumerate(delivered):
            world.put(f"services_{number}.csv", text)
        agree(world, before, {"A": "IA", "B": "NE"})
        first = {state: world.load(state) for state in ("IA", "NE")}
        agree(world, after, {"A": "IA", "B": "NE", **after["more"]})
        replay = Replays(world)
        elsewhere = DuckDBLanding(Path(folder) / "elsewhere", "acme")
        for state, loaded in first.items():
            fresh = world.load(state, landing=elsewhere)
            result = attempt(replay, state)
            if isinstance(result, NothingToReplay):
                event(f"refused: {result.problem.split(': ')[-1][:40]}")
                assert may_refuse(str(result), loaded, first["IA"]), result
                continue
            event(f"{loaded.outcome} then {result.outcome}")
            assert (result.outcome == "blocked") == (fresh.outcome == "blocked"), (
                result.verdict,
                fresh.verdict,
            )
            if result.outcome == "blocked":
                continue
            assert result.version.data_version == fresh.version.data_version
            assert told(world.landing, state) == told(elsewhere, state)
            assert world.load(state).outcome == "unchanged"
            assert replay(state).outcome == "unchanged"
