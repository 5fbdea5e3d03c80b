"""A tenant's list of records whose public id is another now: a CSV file in the tenant's folder."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from dagster_ingest.errors import guess
from dagster_ingest.spec.paths import inside
from dagster_ingest.spec.problem import Report, SpecProblem, shown

COLUMNS = ("old_id", "new_id")
MORE_COLUMNS = ("note",)
LARGEST = 32 * 2**20  # bytes
# What can stand in the address of a record as it is.
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._~-]{0,126}[A-Za-z0-9_~-])?")
_WORDS = "1 to 128 letters, digits, hyphens, points, underscores and tildes, a letter or digit first"
_Rows = dict[str, tuple[str, int]]  # old id to new id and the line it stands on


def read_redirects(
    folder: Path, name: str | None, report: Report, shown_as: Callable[[str], str]
) -> tuple[dict[str, str], list[SpecProblem]]:
    """Old id to new id, as written, and what is wrong in the file; its name is the tenant `report`'s.

    Chains are left as they stand: where one ends depends on what is published. A ring is an error.
    """
    if name is None:
        return {}, []
    home = os.path.realpath(folder)
    wrong = inside(home, name) or (None if name.endswith(".csv") else "does not end in .csv")
    if wrong is not None:
        fix = "give a path inside the tenant's folder"
        report.add(("redirects",), f"the file {name!r} {wrong}", value=name, fix=fix)
        return {}, []
    path = os.path.join(home, name)
    rows, problems = _rows(path, shown_as(path))
    found = {old: new for old, (new, _) in rows.items()}
    problems += _rings(found, rows, shown_as(path))
    return found, problems


def _rows(path: str, file: str) -> tuple[_Rows, list[SpecProblem]]:
    if os.path.getsize(path) > LARGEST:
        return {}, [SpecProblem(file, f"larger than {LARGEST:,} bytes")]
    rows: _Rows = {}
    problems: list[SpecProblem] = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            if wrong := list(_heading(reader.fieldnames or (), file)):
                return {}, wrong
            for row in reader:
                problems += _row(row, reader.line_num, rows, file)
    except UnicodeDecodeError:
        problems.append(SpecProblem(file, "not UTF-8 text", fix="save the file as UTF-8"))
    except csv.Error as error:
        problems.append(SpecProblem(file, f"not valid CSV: {error}", reader.line_num + 1))
    return rows, problems


def _heading(names: Iterable[str], file: str) -> Iterable[SpecProblem]:
    every, given = (*COLUMNS, *MORE_COLUMNS), list(names)
    for name in given:
        if name not in every:
            near = guess(name, every)
            yield SpecProblem(file, f"unknown column {name!r}", 1, None, shown(name), every, near)
    for name in COLUMNS:
        if name not in given:
            fix = f"the first line is {','.join(COLUMNS)}, perhaps with {', '.join(MORE_COLUMNS)}"
            yield SpecProblem(file, f"the column {name!r} is missing", 1, fix=fix)


def _row(row: Mapping[str | None, str | None], line: int, rows: _Rows, file: str) -> list[SpecProblem]:
    """What is wrong with a row; a sound one is put into `rows`."""
    if None in row:
        return [SpecProblem(file, "the line has more cells than the heading", line)]
    given = {name: (row[name] or "").strip() for name in COLUMNS}
    bad = [name for name, value in given.items() if not _ID.fullmatch(value)]
    if bad:
        return [
            SpecProblem(file, f"{name!r} is no id", line, None, shown(given[name]), fix=f"give {_WORDS}")
            for name in bad
        ]
    old, new = given["old_id"], given["new_id"]
    if old == new:
        return [SpecProblem(file, "an id cannot replace itself", line, None, shown(old))]
    if old in rows:
        first = rows[old][1]
        return [SpecProblem(file, f"the old id stands twice, first on line {first}", line, None, shown(old))]
    rows[old] = (new, line)
    return []


def _rings(found: Mapping[str, str], rows: _Rows, file: str) -> list[SpecProblem]:
    """One problem for each ring, at its first line."""
    problems, settled = [], set[str]()
    for start in found:
        way: dict[str, None] = {}
        at = start
        while at in found and at not in settled and at not in way:
            way[at] = None
            at = found[at]
        if at in way:
            ring = [*list(way)[list(way).index(at) :], at]
            line = min(rows[old][1] for old in ring)
            fix = "one of them is the record that is published: take its line out"
            problems.append(SpecProblem(file, f"ids replace one another: {' -> '.join(ring)}", line, fix=fix))
        settled.update(way)
    return problems
