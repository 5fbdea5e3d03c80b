"""The matrices as tables of the documentation: `python -m tests.systems.matrix_page` writes them there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.systems.matrix_apis import APIS
from tests.systems.matrix_damage import DAMAGES, drop_cases
from tests.systems.matrix_drops import DROPS
from tests.systems.matrix_faults import FAULTS, LATER, Case, cases

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_TABLE = re.compile(r"^\| (fault|a file) .*\n(\|.*\n)+", re.MULTILINE)
_WORDS = {"Unavailable": "unavailable", "AccessDenied": "denied", LATER: "late"}


def with_tables(text: str) -> str:
    """The page with its two tables as the cases have them."""
    lines = {"fault": _api_table(), "a file": _file_table()}
    return _TABLE.sub(lambda found: "\n".join(lines[found[1]]) + "\n", text)


def _api_table() -> list[str]:
    made = cases()
    lines = _heading("fault", "", *(api.name for api in APIS))
    for fault in FAULTS:
        rows = []
        for lasts in (False, True):
            of = (
                [c for c in made if (c.api, c.fault.name, c.lasts) == (api, fault.name, lasts)]
                for api in APIS
            )
            rows.append([_cell(cases_of) for cases_of in of])
        once, always = rows
        if once == always:
            lines.append(_line(fault.name, "", *once))
        else:
            lines += [_line(fault.name, "once", *once), _line("", "always", *always)]
    return lines


def _file_table() -> list[str]:
    found = {(c.drops.name, c.damage.name): c.ends for c in drop_cases()}
    lines = _heading("a file", *(of.name for of in DROPS))
    for damage in DAMAGES:
        ends = (found.get((of.name, damage.name)) for of in DROPS)
        lines.append(_line(damage.name, *(_said(end) if end else "-" for end in ends)))
    return lines


def _cell(of: list[Case]) -> str:
    """The end that most points have, and the points that have another."""
    ends = [case.ends for case in of]
    if not ends:
        return "-"
    usual = max(dict.fromkeys(ends), key=ends.count)
    others = [f"{case.point}: {_said(case.ends)}" for case in of if case.ends != usual]
    return "; ".join([_said(usual), *others])


def _said(end: str) -> str:
    how, _, rule = end.partition("blocked ")
    return _WORDS.get(end, end) if how or not rule else f"blocked `{rule}`".replace("|", "\\|")


def _heading(*names: str) -> list[str]:
    return [_line(*names), "|" + "---|" * len(names)]


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
