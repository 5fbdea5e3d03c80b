"""Random tables, page sizes and faults: the rows of the source, or an error. Never anything between."""

from __future__ import annotations

import json
from urllib.request import urlopen

from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from dagster_ingest.connectors.http.bodies import Body
from dagster_ingest.connectors.http.paging import Page, Position, after
from dagster_ingest.connectors.http.shapes import Paging
from dagster_ingest.errors import AccessDenied, DataError, Unavailable
from dagster_ingest.testing.http import faults
from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import KINDS, serve, settings

WIRE = ["reset", "cut", "truncated", "500", "429", "401"]
LIES = ["empty", "fewer", "total"]
DAMAGE = {
    "reset": faults.reset,
    "cut": faults.cut,
    "truncated": faults.truncated,
    "500": faults.status(500),
    "429": faults.too_many("1"),
    "401": faults.unauthorized,
    "empty": faults.altered(lambda a: {**a, "items": []} if isinstance(a, dict) else []),
    "fewer": faults.altered(lambda a: {**a, "items": a["items"][:-1]} if isinstance(a, dict) else a[:-1]),
    "total": faults.altered(lambda a: {**a, "total": 3} if isinstance(a, dict) and "total" in a else a),
}


@given(
    kind=st.sampled_from([k for k in KINDS if k != "ids"]),
    count=st.integers(0, 23),
    size=st.integers(1, 9),
    script=st.dictionaries(st.integers(1, 12), st.sampled_from(WIRE), max_size=3),
    lie=st.none() | st.tuples(st.integers(1, 9), st.sampled_from(LIES)),
)
@examples(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_rows_of_the_source_or_an_error(api, kind, count, size, script, lie):
    """One lie at most: a source that tells the same lie twice cannot be told from one that is right."""
    api.server.clear()
    serve(api.server, kind, rows_of(count))
    asked = settings(kind)
    asked["paging"] = {**asked["paging"], "size": size, "verify": "twice", "sweeps": 5}
    script = script | ({lie[0]: lie[1]} if lie else {})
    for number, name in script.items():
        api.server.script("/items", DAMAGE[name], on=number)

    try:
        found = api.read(asked)
    except (Unavailable, DataError, AccessDenied):
        assert script
        return

    assert sorted(map(int, found.column("id")) if found.rows else []) == list(range(1, count + 1))
    assert [number for _, number in found.places] == list(range(1, count + 1))
    assert found.completeness.complete


@given(
    sizes=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    kind=st.sampled_from(["page", "offset"]),
    until=st.sampled_from(["empty", "short"]),
)
@examples(max_examples=100, deadline=None)
def test_positions_move_on_and_come_to_an_end(sizes, kind, until):
    paging = Paging(kind=kind, param="p", size=5, until=until)
    position, seen = Position(), []
    for size in [*sizes, 0]:
        page = Page(Body([{"id": n} for n in range(size)], {}), {}, "https://a.example/x")
        following = after(position, page, paging)
        seen.append(position.offset)
        if following is None:
            break
        assert following.number == position.number + 1
        assert following.offset == position.offset + size
        position = following
    else:
        raise AssertionError("there was no end")

    taken = sizes[: len(seen) - 1]
    assert all(size == 5 if until == "short" else size > 0 for size in taken)


@given(st.text(max_size=300))
@examples(max_examples=150, deadline=None)
def test_any_link_header_is_read_without_an_error(header):
    page = Page(Body([], {}), {"link": header}, "https://a.example/x")

    found = after(Position(), page, Paging(kind="link"))

    assert found is None or found.url is not None


@given(
    st.lists(
        st.tuples(st.sampled_from(["next", "prev", "last", "next prefetch"]), st.integers(1, 9)), max_size=4
    )
)
@examples(max_examples=60, deadline=None)
def test_the_next_link_is_found_among_others(links):
    header = ", ".join(f'</x?page={n}>; title="a, b; c"; rel="{rel}"' for rel, n in links)
    page = Page(Body([], {}), {"link": header}, "https://a.example/x?page=0")
    wanted = next((n for rel, n in links if "next" in rel.split()), None)

    found = after(Position(), page, Paging(kind="link"))

    assert (found and found.url) == (wanted and f"https://a.example/x?page={wanted}")


def test_the_damage_is_damage(api):
    serve(api.server, "page", rows_of(6))
    api.server.script("/items", DAMAGE["fewer"], on=1)

    answers = [json.loads(urlopen(api.server.url + "/items").read()) for _ in range(2)]

    assert [len(a["items"]) for a in answers] == [5, 6]
