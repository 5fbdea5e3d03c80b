"""`dagster-ingest publish lint`: search requests in files, held against the mapping of an index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_ingest.cli.common import JsonOption, print_json
from dagster_ingest.errors import SpecError, among

_KINDS = ("resources", "taxonomies_v2", "organizations")


def lint(
    files: Annotated[list[Path], typer.Argument(help="Bodies of `_search`: JSON, one or one a line.")],
    index: Annotated[str, typer.Option("--index", "-i", help=f"Asked: {', '.join(_KINDS)}.")] = _KINDS[0],
    as_json: JsonOption = False,
) -> None:
    """Find fields and sub-fields in search requests that the index lacks, or that are of another kind.

    Exits 1 if there are any. No server is asked.
    """
    from dagster_ingest.publish.opensearch.lint import lint as problems_of
    from dagster_ingest.publish.opensearch.mappings import index_body

    if index not in _KINDS:
        raise SpecError(
            f"there is no index {index!r}",
            not_done="nothing was looked at",
            fix=among(index, _KINDS, "indices:"),
        )
    mapping = index_body(index, shards=1)["mappings"]
    bodies = [each for file in files for each in _bodies(file)]
    found = []
    for place, body in bodies:
        found += [{"request": place, "problem": str(each)} for each in problems_of(body, mapping)]
    if as_json:
        print_json(found)
    else:
        for each in found:
            typer.echo(f"{each['request']}: {each['problem']}")
        if not found:
            typer.echo(
                f"{len(bodies)} looked at: every field is in the mapping, and of the kind that is asked"
            )
    if found:
        raise typer.Exit(1)


def _bodies(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests with their place. A file is one JSON document, or one on each line."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(str(file), type(error).__name__) from None
    try:
        given = [(str(file), json.loads(text))]
    except ValueError:
        given = [
            (f"{file}:{n}", _line(f"{file}:{n}", line)) for n, line in enumerate(text.splitlines(), 1) if line
        ]
    for place, body in given:
        if not isinstance(body, dict):
            raise _unreadable(place, f"it is a {type(body).__name__} and not an object")
        yield place, body


def _line(place: str, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise _unreadable(place, str(error)) from None


def _unreadable(place: str, why: str) -> SpecError:
    return SpecError(
        f"this is no search request: {why}",
        where=place,
        not_done="no more was looked at",
        fix='write the body of a `_search` as JSON, such as {"query": {"match_all": {}}}',
    )
