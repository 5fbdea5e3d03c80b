"""Documents that are not made are those that making them would give again."""

from __future__ import annotations

import copy
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from dagster_ingest.publish.documents import About, groups, memory
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.mongodb import wanted as mongodb
from dagster_ingest.publish.opensearch import wanted as opensearch
from dagster_ingest.publish.remembered import Remembered
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

LOCALES = ("en", "es")
READ = (
    "address", "attribute", "contact", "language", "organization", "phone", "required_document", "schedule",
    "search_record", "service_area", "taxonomy", "taxonomy_term", "translation",
)  # fmt: skip


class Store:
    """What a reader's documents are in, without a server: digests by collection and key."""

    def __init__(self, path: Path, source=opensearch) -> None:
        self.path, self.source, self.digests = path, source, {}
        self.made = self.tally = None

    def publish(self, partition, *, remembering: bool = True) -> dict[tuple[str, ...], tuple[str, ...]]:
        """What is told of all documents, with the digest first. `made`: how many were made."""
        about = About.of(partition)
        kept = memory.Memory(self.path, memory.everything(about)) if remembering else memory.Memory()
        self.tally, self.made, own = Counter(), 0, {}
        shown = self.digests if remembering else {}
        found = self.source.documents(Tables(partition), about, self.tally, kept, self._fits(shown))
        if self.source is opensearch:
            stood = [(name, *row) for name, frame in found.stood.items() for row in frame.rows()]
        else:
            stood = found.stood.rows()
        place = 2 if self.source is opensearch else 1
        for said in (*stood, *(each[:-1] for each in found.made)):
            own[said[:place]] = said[place:]
        self.made = len(own) - len(stood)
        if remembering:
            self.digests = {key: told for key, (told, *_) in own.items()}
            kept.save()
            self.audit = kept.audit
        return own

    def _fits(self, shown: dict[tuple[str, ...], str]):
        rows = [(*key, told) for key, told in shown.items()]
        if self.source is mongodb:
            return frame(rows)
        return {name: frame([r[1:] for r in rows if r[0] == name]) for name in {r[0] for r in rows}}


def frame(rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"key": pl.String, "hash": pl.String}, orient="row")


def rows(services: int = 14) -> dict[str, list[dict[str, Any]]]:
    """Of every table that documents read, phones of people and texts in another language among them."""
    made = {
        name: [dict(row) for row in some] for name, some in search_rows(services, languages=("es",)).items()
    }
    for number, phone in enumerate(made["phone"][::3]):
        of = made["contact"][number % len(made["contact"])]["id"]
        phone |= {"contact_id": of, "service_id": None, "organization_id": None, "location_id": None}
    for entity, field in (
        ("taxonomy_term", "name"), ("taxonomy", "name"), ("phone", "description"),
        ("schedule", "description"), ("attribute", "value"), ("service_area", "name"), ("contact", "title"),
    ):  # fmt: skip
        made["translation"] += [
            {"id": row["id"], "field": field, "locale": "es", "text": f"es {field} {row['id'][:4]}"}
            for row in made[entity][::2]
        ]
    return made


def partition(some, **parts):
    return stage_partition(some, version="1", locales=parts.pop("locales", LOCALES), **parts)


def versioned(some, **parts):
    """As a real stage: tables with versions, equal where the rows are, in whatever order they come."""
    given = partition(some, **parts)
    told = {name: str(sorted(map(str, given.table(name).to_pylist()))) for name in given.entities}
    return replace(given, versions=told)


def other(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, str) and value.startswith("{"):
        return value.replace("-9", "-8", 1)
    return chance.choice([f"other {value}", "", " "]) if isinstance(value, str) else value


def changed(some: dict[str, list[dict[str, Any]]], chance: random.Random) -> str:
    """Change something of a stage; what was done."""
    known = READ if chance.random() < 0.9 else sorted(some)
    table = chance.choice([name for name in known if some[name]])
    held = some[table]
    row = chance.choice(held)
    column = chance.choice(sorted(row))
    way = chance.choice(["value", "null", "move", "move", "take", "add", "shuffle", "twin", "empty"])
    if way == "value" and not column.endswith("id"):
        row[column] = other(row[column], chance)
    elif way == "null":
        row[column] = None
    elif way == "move":
        column = chance.choice([name for name in sorted(row) if name.endswith("id")])
        row[column] = chance.choice(held).get(column)
    elif way == "take":
        held.remove(row)
    elif way in ("add", "twin"):
        new = copy.deepcopy(row)
        if way == "add":
            new["id"] = f"{chance.randrange(16**8):08x}{str(row['id'])[8:]}"
        new[column] = chance.choice(held).get(column)
        held.append(new)
    elif way == "shuffle":
        chance.shuffle(held)
    elif chance.random() < 0.2:
        held.clear()
    return f"{way} {table}.{column}"


@pytest.mark.parametrize("source", [opensearch, mongodb])
@pytest.mark.parametrize("partition", [partition, versioned])
@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_the_same_documents_as_if_all_were_made(tmp_path, seed, partition, source) -> None:
    chance, stage = random.Random(seed), rows()
    store = Store(tmp_path / "memory", source)
    saved, done = 0, []
    store.publish(partition(stage))
    for _ in range(20):
        attempt = copy.deepcopy(stage)
        done = [changed(attempt, chance) for _ in range(chance.choice([1, 1, 1, 3]))]
        every = Store(tmp_path / "none", source)
        try:
            wanted = every.publish(partition(attempt), remembering=False)
        except Exception:  # no stage has that, and no reader publishes it
            continue
        stage = attempt
        if store.digests and chance.random() < 0.2:  # somebody else wrote to the store
            store.digests[chance.choice(sorted(store.digests))] = "other"
        found = store.publish(partition(stage))
        assert found == wanted, done
        assert store.tally == every.tally, done
        assert store.audit == "", done
        saved += every.made - store.made
    assert saved > 20


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> list[Store]:
    """A store of each kind that shows two records."""
    stores = [Store(tmp_path_factory.mktemp("base") / "memory", source) for source in (opensearch, mongodb)]
    for store in stores:
        store.publish(partition(rows(2)))
    return stores


def test_the_tables_that_documents_are_made_of(base) -> None:
    everything = memory.everything(About.of(partition(rows(2))))
    heads = [Remembered(store.path, everything).read().head for store in base]
    assert {entity for head in heads for entity, _ in head["sources"]} == set(READ)


def columns():
    made = rows(2)
    return [(table, column) for table in READ for column in sorted({c for row in made[table] for c in row})]


@pytest.mark.parametrize(("table", "column"), columns())
def test_no_column_is_forgotten(tmp_path, base, table, column) -> None:
    """A value that changes in every row of a table is in as many documents as if all were made."""
    stage, chance = rows(2), random.Random(1)
    for row in stage[table]:
        value, key = row.get(column), column.endswith("id") or column == "locale"
        row[column] = f"{value[:-1]}x" if isinstance(value, str) and key else other(value, chance)
    for before in base:
        store = Store(tmp_path / "memory", before.source)
        store.path.write_bytes(before.path.read_bytes())
        store.digests = before.digests
        wanted = Store(tmp_path / "none", before.source).publish(partition(stage), remembering=False)
        assert store.publish(partition(stage)) == wanted


def test_what_is_as_it_was_is_not_made_and_a_change_makes_what_read_it(tmp_path) -> None:
    stage = rows(60)
    store = Store(tmp_path / "memory")
    first = store.publish(partition(stage))
    terms = sum(name.startswith("taxonomies") for name, _ in first)

    store.publish(partition(stage))
    assert store.made == terms
    stage["schedule"][0]["description"] = "Sundays"
    stage["service_area"][5]["name"] = "The county"
    store.publish(partition(stage))
    assert 0 < store.made - terms <= 4  # two records in two languages


def test_whose_documents_they_are_and_how_they_are_made_is_part_of_all(tmp_path, monkeypatch) -> None:
    stage, path = rows(4), tmp_path / "memory"

    def made(**parts) -> int:
        store = Store(path)
        shown = Store(tmp_path / "none").publish(partition(stage, **parts), remembering=False)
        store.digests = {key: told for key, (told,) in shown.items()}
        store.publish(partition(stage, **parts))
        return store.made

    whole = made()
    fewest = made()
    assert fewest < whole
    assert made(locales=("en", "es", "fr")) > whole
    assert (made(), made()) == (whole, fewest)
    assert made(tenant="gulf") == whole
    assert (made(), made()) == (whole, fewest)
    monkeypatch.setattr(memory, "_code", lambda: "another")
    assert made() == whole


@pytest.mark.parametrize("harm", ["missing", "short", "flipped", "older", "folder"])
def test_a_memory_that_is_no_good_is_none(tmp_path, harm) -> None:
    stage, path = rows(4), tmp_path / "memory"
    store = Store(path)
    first = store.publish(partition(stage))
    whole = store.made
    text = path.read_bytes()
    path.unlink()
    if harm == "folder":
        path.mkdir()
    elif harm != "missing":
        flipped = bytearray(text)
        flipped[-200] ^= 1
        path.write_bytes({"short": text[:-9], "flipped": bytes(flipped), "older": b"dagster" + text}[harm])
    assert store.publish(partition(stage)) == first
    assert store.made == whole


def test_a_memory_that_is_wrong_is_found_out_and_everything_is_made(tmp_path) -> None:
    stage, path = rows(4), tmp_path / "memory"
    store = Store(path)
    store.publish(partition(stage))
    whole = store.made
    everything = memory.everything(About.of(partition(stage)))
    remembered = Remembered(path, everything)
    file = remembered.read()
    units = file.frame("units")
    units = units.with_columns(told=texts([["0" * 32 for _ in told] for told in units["told"].to_list()]))
    frames = {memory._name(source): file.raw(memory._name(source)) for source in file.head["sources"]}
    remembered.write(file.head, {"units": units, **frames})
    store.digests = dict.fromkeys(store.digests, "0" * 32)

    found = store.publish(partition(stage))

    assert "is another than was remembered" in store.audit
    assert store.made == whole
    assert found == Store(tmp_path / "none").publish(partition(stage), remembering=False)
    store.publish(partition(stage))
    assert store.audit == ""


def texts(values: list[list[str]]) -> pl.Series:
    return pl.Series(values, dtype=pl.List(pl.String))


def test_a_table_that_was_empty_counts_once_it_has_rows(tmp_path) -> None:
    stage = rows(4)
    words = stage.pop("translation")
    store = Store(tmp_path / "memory")
    before = store.publish(partition(stage))
    after = store.publish(partition({**stage, "translation": words}))
    assert after == Store(tmp_path / "none").publish(
        partition({**stage, "translation": words}), remembering=False
    )
    assert after != before


def test_a_column_that_comes_or_goes_makes_what_read_its_table(tmp_path) -> None:
    stage = rows(4)
    store = Store(tmp_path / "memory")
    store.publish(partition(stage))
    for record in stage["search_record"]:
        del record["phone"]
    found = store.publish(partition(stage))
    assert found == Store(tmp_path / "none").publish(partition(stage), remembering=False)


@pytest.mark.parametrize("nested", [False, True])
def test_a_text_that_is_kept_as_a_number_is_told_from_another(nested) -> None:
    def digest(texts: list[str]):
        column = pa.array(texts).dictionary_encode()
        if nested:
            column = pa.ListArray.from_arrays(pa.array([0, 1, 2]), column)
        table = pa.table({"id": ["1", "2"], "service_id": ["a", "b"], "number": column})
        given = replace(partition(rows(1)), entities=("phone",), table=lambda name: table)
        [name] = groups.names(("phone", "service_id"), pl.Series(["a"]))
        told = groups.Digests(Tables(given)).of(("phone", "service_id"))
        return told.filter(pl.col("group") == name).row(0)

    assert digest(["x", "y"]) == digest(["x", "y"])
    assert digest(["x", "y"]) != digest(["y", "x"])


def test_documents_do_not_depend_on_what_they_are_made_with(monkeypatch) -> None:
    from dagster_ingest.publish.documents import record

    stage, store = rows(), Store(Path("none"))
    whole = store.publish(partition(stage), remembering=False)
    monkeypatch.setattr(record, "BATCH", 1)
    assert store.publish(partition(stage), remembering=False) == whole


def test_a_table_of_the_same_version_is_not_gone_through_again(tmp_path, monkeypatch) -> None:
    stage = rows(20)
    store = Store(tmp_path / "memory")
    store.publish(versioned(stage))
    hashed = []
    real = groups.Digests._hashed
    monkeypatch.setattr(groups.Digests, "_hashed", lambda self, name: hashed.append(name) or real(self, name))
    stage["schedule"][0]["description"] = "Sundays"

    found = store.publish(versioned(stage))

    assert set(hashed) == {"schedule"}
    assert found == Store(tmp_path / "none").publish(partition(stage), remembering=False)
