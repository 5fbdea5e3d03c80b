"""What happens to a search store when things break, beside the fault matrix."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys

import pytest
from opensearchpy.exceptions import TransportError

from dagster_ingest import faults
from dagster_ingest.errors import AccessDenied, PublishError, Unavailable
from dagster_ingest.publish.opensearch import OpenSearchReader, ledger
from dagster_ingest.publish.opensearch.loader import Action, Loader
from dagster_ingest.publish.opensearch.server import Server, _refused
from dagster_ingest.spec.models import OpenSearchTarget
from dagster_ingest.testing.faulty import proxied
from dagster_ingest.testing.opensearch import ask, found
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

PUBLISH = """
import sys
from dagster_ingest.publish.opensearch import OpenSearchReader
from dagster_ingest.spec.models import OpenSearchTarget
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows
mode, services, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = search_rows(services, seed=seed, tenant="gulf", state="FL", languages=("es",))
target = OpenSearchTarget(reader="opensearch", url="SEARCH_URL", mode=mode)
OpenSearchReader(target).publish(
    stage_partition(rows, tenant="gulf", state="FL", locales=("en", "es")))
"""


def partition(services=12, seed=1, state="FL"):
    rows = search_rows(services, seed=seed, tenant="gulf", state=state, languages=("es",))
    return stage_partition(rows, tenant="gulf", state=state, locales=("en", "es"))


def publish_and_die(url: str, mode: str, services: int, seed: int, point: str) -> None:
    environ = {**os.environ, "SEARCH_URL": url, faults.VARIABLE: point}
    command = [sys.executable, "-c", PUBLISH, mode, str(services), str(seed)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def shown(url, state=None):
    """What is asked by alias, in both languages."""
    ask(url, "POST", "/_refresh")
    query = {"term": {"ingest.states": state}} if state else {"match_all": {}}
    names = ("gulf-resources_en", "gulf-resources_es")
    return {name: sorted(json.dumps(d, sort_keys=True) for d in found(url, name, query)) for name in names}


def test_a_killed_first_publish_leaves_nothing_behind_it_once_published(url, reader) -> None:
    publish_and_die(url, "incremental", 10, 1, "publish.written")
    assert reader.published("gulf", "FL") is None
    reader.publish(partition(10))
    indices = [i for i in ask(url, "GET", "/_alias") if i.startswith("gulf-")]
    assert len(indices) == 5


def indices(url):
    return [i for i in ask(url, "GET", "/_alias") if i.startswith("gulf-")]


@pytest.mark.parametrize("point", ["publish.swap", "publish.swapped"])
def test_a_state_that_is_withdrawn_after_a_kill_stays_withdrawn(url, reader, point) -> None:
    reader.publish(partition(10))
    publish_and_die(url, "bulk", 8, 2, point)

    reader.withdraw("gulf", "FL")

    assert not any(shown(url).values())
    assert len(indices(url)) == 5
    reader.publish(partition(4, state="AL"))
    assert reader.published("gulf", "FL") is None
    assert not any(shown(url, "FL").values())


def test_a_withdrawal_looks_again_for_what_an_overtaken_publisher_adds_late(url, reader) -> None:
    reader.publish(partition(4))
    late: list[str] = []

    def comes_late(_: float) -> None:
        ask(url, "POST", "/_refresh")
        (index,) = ask(url, "GET", "/_alias/gulf-resources_en")
        if not late and not found(url, index, {"match_all": {}}):
            document = {"id": "late", "ingest": {"hash": "0", "states": ["FL"]}}
            list(Loader(slow.server).send([Action.put(index, "late", document, slow.ledger.token)]))
            late.append(index)

    target = OpenSearchTarget.model_validate({"reader": "opensearch", "url": "SEARCH_URL"})
    impatient = OpenSearchReader(target, environ={"SEARCH_URL": url}, silence_seconds=0.2, sleep=comes_late)
    with Server(url) as server, ledger.held(server, "gulf", 1.0) as slow:
        impatient.withdraw("gulf", "FL")

    assert late
    assert not any(shown(url).values())


def test_a_rollback_after_a_kill_does_not_show_two_publications(url, reader_at) -> None:
    reader = reader_at(url, mode="bulk")
    for seed in (3, 1):
        reader.publish(partition(10, seed))
    publish_and_die(url, "bulk", 8, 2, "publish.swapped")
    new = shown(url)

    with pytest.raises(PublishError, match="nothing is kept"):
        reader.rollback("gulf")

    assert shown(url) == new
    assert [len(docs) for docs in new.values()] == [8, 8]
    assert reader.published("gulf", "FL") == partition(8, 2).version
    assert len(indices(url)) == 5


def test_an_alias_on_an_index_that_is_only_kept_is_taken_off(url, reader_at) -> None:
    reader = reader_at(url, mode="bulk")
    reader.publish(partition(10))
    kept = next(iter(ask(url, "GET", "/_alias/gulf-resources_en")))
    reader.publish(partition(10, 2))
    new = shown(url)
    ask(url, "PUT", f"/{kept}/_alias/gulf-resources_en")

    assert not reader.publish(partition(10, 2)).changed

    assert shown(url) == new


def test_a_tenant_whose_name_begins_with_anothers_is_left_alone(url, reader) -> None:
    rows = search_rows(4, tenant="gulf-coast", state="AL")
    reader.publish(stage_partition(rows, tenant="gulf-coast", state="AL", locales=("en",)))
    reader.publish(partition(6))
    neighbour = found(url, "gulf-coast-resources_en", {"match_all": {}})
    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_es")))
    ask(url, "DELETE", f"/{index}/_alias/gulf-resources_es")

    reader.publish(partition(6))
    reader.withdraw("gulf", "FL")

    assert len(neighbour) == 4
    assert found(url, "gulf-coast-resources_en", {"match_all": {}}) == neighbour


def test_documents_that_another_state_shares_are_fetched_in_pages(url, reader, reader_at) -> None:
    rows = search_rows(12, tenant="gulf", state="FL")
    for state in ("FL", "AL"):
        reader.publish(stage_partition(rows, tenant="gulf", state=state, locales=("en",)))
    asked: list[str] = []

    def note(method, path, body):
        asked.extend([path] if path.endswith("/_mget") else [])

    with proxied(url, note) as between:
        assert reader_at(between).withdraw("gulf", "FL") > 12

    assert len(asked) == 3  # resources, terms, organizations
    ask(url, "POST", "/_refresh")
    left = found(url, "gulf-resources_en", {"match_all": {}})
    assert [d["ingest"]["states"] for d in left] == [["AL"]] * 12


def test_a_store_that_is_down_is_unavailable_and_its_address_holds_no_password(reader_at) -> None:
    reader = reader_at("http://publisher:verysecret@127.0.0.1:1")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 cannot be used") as caught:
        reader.publish(partition(2))
    assert "verysecret" not in str(caught.value)
    assert "gulf/FL, reader opensearch" in str(caught.value)


def test_a_store_that_goes_down_in_between_keeps_what_it_shows(url, reader, reader_at) -> None:
    reader.publish(partition(10))
    old = shown(url)

    def down(method, path, body):
        return (503, {"error": {"type": "busy", "reason": "no"}}) if path.startswith("/_bulk") else None

    with proxied(url, down) as between, pytest.raises(Unavailable, match=r"too busy: .* turned away"):
        reader_at(between, mode="bulk").publish(partition(8, 2))
    assert shown(url) == old
    assert len([i for i in ask(url, "GET", "/_alias") if i.startswith("gulf-")]) == 5


def test_items_that_are_turned_away_are_sent_again_and_no_others(url, reader_at) -> None:
    turned: list[str] = []

    def busy(method, path, body):
        if not path.startswith("/_bulk") or turned:
            return None
        heads = [json.loads(line) for line in body.splitlines()[::2]]
        first = heads[0]["index"]["_id"]
        answer = ask(url, "POST", "/_bulk", body.split(b"\n", 2)[2]) if len(heads) > 1 else {"items": []}
        turned.append(first)
        refused = {"index": {"_id": first, "status": 429, "error": {"type": "rejected", "reason": "full"}}}
        return 200, {"errors": True, "items": [refused, *answer["items"]]}

    with proxied(url, busy) as between:
        done = reader_at(between).publish(partition(10))

    assert turned
    assert done.details["waits"] == 1
    assert reader_at(url).verify(partition(10)).problems == ()


def test_a_request_that_is_too_large_is_cut(url, reader_at) -> None:
    sizes: list[int] = []

    def small(method, path, body):
        if path.startswith("/_bulk"):
            sizes.append(len(body))
            if len(body) > 6_000:
                return 413, {"error": {"type": "too_large", "reason": "no"}}
        return None

    with proxied(url, small) as between:
        reader_at(between).publish(partition(10))
    assert max(sizes) > 6_000
    assert reader_at(url).verify(partition(10)).problems == ()


def test_one_document_that_is_too_large_is_named(url, reader_at) -> None:
    def tiny(method, path, body):
        return (413, {"error": "no"}) if path.startswith("/_bulk") else None

    with proxied(url, tiny) as between, pytest.raises(PublishError, match="is too large"):
        reader_at(between).publish(partition(2))
    assert reader_at(url).published("gulf", "FL") is None


@pytest.mark.parametrize("named", ["opensearch", "elasticsearch"])
def test_who_may_not_write_is_told_so(url, reader_at, named) -> None:
    def closed(method, path, body):
        cause = {"type": "security_exception", "reason": "no permissions", "blocks": "beside it"}
        return (403, {"error": cause, "status": 403})

    expected = "does not let us in: 403 security_exception: no permissions"
    with proxied(url, closed) as between, pytest.raises(AccessDenied, match=expected):
        reader_at(between, engine=named).publish(partition(2))


@pytest.mark.parametrize("body", [b"<html>no</html>", b'"no"', b'{"error": "no"}', b'["no"]'])
def test_an_error_of_any_form_is_refused_and_short(body) -> None:
    refused = _refused(TransportError(400, body.decode() + " " * 900, None))
    assert refused.status == 400
    assert "no" in refused.kind
    assert len(str(refused)) < 700


def test_a_document_that_the_mapping_refuses_is_named_and_nothing_moves(url, reader, reader_at) -> None:
    reader.publish(partition(6))
    old = shown(url)
    rows = search_rows(6, tenant="gulf", state="FL", languages=("es",))
    bad = _with_text_age(rows)
    with pytest.raises(PublishError, match="was refused by gulf-resources_e"):
        reader_at(url, mode="bulk").publish(bad)
    assert shown(url) == old
    assert reader.published("gulf", "FL") == partition(6).version


def _with_text_age(rows):
    changed = copy.deepcopy(rows)
    for record in changed["search_record"]:
        record["minimum_age"] = "eighteen"
    return stage_partition(changed, tenant="gulf", state="FL", locales=("en", "es"))


def test_an_index_of_another_mapping_is_built_anew(url, reader, monkeypatch) -> None:
    reader.publish(partition(6))
    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_en")))
    ask(url, "PUT", f"/{index}/_mapping", {"_meta": {"dagster_ingest": {"format": "older"}}})
    done = reader.publish(partition(6))
    assert done.details["mode"] == "bulk: the mapping has changed"
    assert reader.verify(partition(6)).problems == ()


def test_an_alias_that_a_hand_removed_comes_back(url, reader) -> None:
    given = partition(6)
    reader.publish(given)
    old = shown(url)
    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_es")))
    ask(url, "DELETE", f"/{index}/_alias/gulf-resources_es")
    assert reader.published("gulf", "FL") is None
    assert reader.verify(given).problems

    done = reader.publish(given)

    assert not done.changed
    assert shown(url) == old
    assert reader.published("gulf", "FL") == given.version


def test_an_index_that_a_hand_removed_is_built_anew_state_by_state(url, reader) -> None:
    reader.publish(partition(6))
    reader.publish(partition(4, state="AL"))
    ask(url, "DELETE", "/" + next(iter(ask(url, "GET", "/_alias/gulf-resources_es"))))
    assert reader.published("gulf", "FL") is reader.published("gulf", "AL") is None
    reader.publish(partition(6))
    assert reader.published("gulf", "AL") is None
    reader.publish(partition(4, state="AL"))
    assert [len(docs) for docs in shown(url).values()] == [10, 10]


def test_a_document_that_a_hand_changed_is_found_by_verify(url, reader) -> None:
    given = partition(3)
    reader.publish(given)
    index = next(iter(ask(url, "GET", "/_alias/gulf-resources_en")))
    key = found(url, index, {"match_all": {}})[0]["id"]
    ask(url, "DELETE", f"/{index}/_doc/{key}")
    ask(url, "POST", f"/{index}/_refresh")
    assert "resources_en has 2 documents of FL and not 3" in reader.verify(given).problems


def test_a_publisher_at_work_is_waited_for_and_then_named(url, reader, reader_at) -> None:
    reader.publish(partition(2))
    with (
        Server(url, sleep=lambda _: None) as server,
        ledger.held(server, "gulf", 1.0),
        pytest.raises(Unavailable, match=r"another publisher .* has been at work for 0 s"),
    ):
        reader_at(url, lock_seconds=0).publish(partition(3))


def test_who_was_overtaken_can_neither_write_nor_sign(url, reader, reader_at) -> None:
    """The clock of a waiter runs ahead by hours: he only compares it with itself."""
    reader.publish(partition(3))
    ticks = iter(range(0, 100_000, 20))
    with Server(url, sleep=lambda _: None) as server, ledger.held(server, "gulf", 1.0) as slow:
        token = slow.ledger.token
        with ledger.held(server, "gulf", 100.0, clock=lambda: float(next(ticks))) as fast:
            assert fast.overtook
            index = next(iter(ask(url, "GET", "/_alias/gulf-resources_en")))
            for number in (token + 1, token):
                put = [Action.put(index, "key", {"id": "key"}, number)]
                if number == fast.ledger.token:
                    list(Loader(server).send(put))
                else:
                    with pytest.raises(Unavailable, match="another publisher has taken over"):
                        list(Loader(server).send(put))
        with pytest.raises(Unavailable, match="has taken over tenant gulf"):
            slow.save()


def test_after_a_silent_publisher_all_is_built_anew(url, reader, reader_at) -> None:
    """What it may still write goes to indices that no alias shows."""
    reader.publish(partition(3))
    with Server(url, sleep=lambda _: None) as server, ledger.held(server, "gulf", 1.0):
        old = set(ask(url, "GET", "/_alias"))
        done = reader_at(url, silence_seconds=0.0).publish(partition(3, 2))
    assert done.details["mode"] == "bulk: a publisher that fell silent was overtaken"
    assert not old & set(ask(url, "GET", "/_alias/gulf-resources_en"))


def test_requests_name_the_media_type_of_elasticsearch_and_its_answers_are_read(url, reader_at) -> None:
    types: list[tuple[str, str]] = []

    def told(method, path, body, headers):
        types.append((path, headers["content-type"] if body else headers["accept"]))

    # The proxy passes plain JSON on: the stand-in does not know Elasticsearch's own type.
    with proxied(url, lambda *_: None, told) as between:
        reader_at(between, engine="elasticsearch").publish(partition(2))
    kinds = {kind for _, kind in types}
    assert kinds == {
        "application/vnd.elasticsearch+json;compatible-with=8",
        "application/vnd.elasticsearch+x-ndjson;compatible-with=8",
    }
    assert {kind for path, kind in types if path == "/_bulk"} == {
        "application/vnd.elasticsearch+x-ndjson;compatible-with=8"
    }
