"""The tenant file of a new tenant: complete, commented, with every choice that is left at its default."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from dagster_ingest.evolution.yamltext import WIDTH, flow
from dagster_ingest.scaffold.seen import TableSeen
from dagster_ingest.spec.models import Adaptation, Privacy
from dagster_ingest.spec.trigger import Trigger

_SIDE = 40  # column at which comments beside a value start


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What a person answered, and what the sample says.

    binding   `state` of the source, with the reason for a person
    settings  of the connector, beyond the system's
    tables    those of the source, in load order; `own`: each with a contract of the tenant's own
    """

    name: str
    display_name: str
    owner: str
    cost_center: str
    states: Sequence[str]
    system: str
    connector: str
    binding: Mapping[str, Any]
    why_binding: str
    timezone: str
    cron: str
    reader: str
    title: str = ""
    dsn: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[TableSeen] = ()
    own: bool = False

    def files(self, schema: str | None, drops: str) -> dict[str, str]:
        """Path inside the tenant's folder to text. `schema`: the editor's, as seen from the folder.
        `drops`: where the connector `files` reads, in words."""
        found = {"tenant.yaml": self._text(schema, drops)}
        drafts = ((table.table, table.draft) for table in self.tables)
        return found | {f"contracts/{name}.odcs.yaml": text for name, text in drafts if text is not None}

    def _text(self, schema: str | None, drops: str) -> str:
        lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
        lines += ["# What is commented out shows its default; `dagster-ingest validate` checks the rest."]
        lines += self._who()
        lines += ["", "sources:", *self._source(drops)]
        lines += ["", *self._when(), "", *self._readers()]
        lines += ["", *_defaults("privacy", Privacy, "What never leaves, unless the tenant says so.")]
        lines += ["", *_defaults("adapt", Adaptation, "What is published otherwise than the source says it.")]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def _who(self) -> Iterator[str]:
        yield _side(f"tenant: {flow(self.name)}", "the folder's name; never changes")
        yield f"display_name: {flow(self.display_name)}"
        yield _side(f"owners: {flow([self.owner])}", "e-mail addresses or team:name")
        cost = f"cost: {flow({'cost_center': self.cost_center})}"
        yield _side(cost, "hangs on every asset and statement; add keys, a `budget` too")
        yield _side(f"states: {flow(list(self.states))}", "the partitions; one is loaded without the others")
        yield _side("# locales: [en]", "languages of the data, the main one first")

    def _source(self, drops: str) -> Iterator[str]:
        yield f"  {self.system}:"
        yield _side(f"    system: {flow(self.system)}", self.title)
        place = f"reads {drops}" if self.connector == "files" else ""
        yield _side(f"    connector: {flow(self.connector)}", place)
        yield from _comment(self.why_binding, 4)
        yield f"    state: {flow(dict(self.binding))}"
        if self.settings:
            yield f"    settings: {flow(dict(self.settings))}"
        yield _side("    # mode: full", "a delivery is a whole snapshot; partial: it adds and changes")
        yield from self._tables()

    def _tables(self) -> Iterator[str]:
        listed = self.own or any(table.settings for table in self.tables)
        if not listed:
            yield "    # tables: left out, so that all are loaded that the system requires"
            for table in self.tables:
                yield from _comment(f"{table.table}: {table.words}" if table.origin else table.table, 4)
            return
        yield "    tables:"
        for table in self.tables:
            yield from _comment(table.words, 6)
            yield f"      {table.table}:"
            if table.settings:
                yield f"        settings: {flow(dict(table.settings))}"
        yield from _comment(
            "policy: {on_reject: quarantine, max_share: 0.01} sets bad rows of a table aside", 8
        )

    def _when(self) -> Iterator[str]:
        yield _side(f"freshness: {flow(freshness(self.cron))}", "how old what is published may be")
        yield f"schedule: {{cron: {flow(self.cron)}, timezone: {flow(self.timezone)}}}"
        trigger = f"# trigger: {flow(Trigger().model_dump(exclude={'upstream'}))}"
        yield _side(trigger, "publish a state so long after its last update, or its first")

    def _readers(self) -> Iterator[str]:
        yield "publish:"
        dsn = self.dsn or "PUBLISH_POSTGRES_DSN"
        package = ("- reader: hsds_package", "CSV tables and JSON by service, in published/")
        tables = ("- reader: postgres", f"tables and a search view in the schema {self.name}")
        secret = (f"  dsn: {dsn}", "the secret's name, never the text")
        used, others = (
            ((tables, secret), (package,)) if self.reader == "postgres" else ((package,), (tables, secret))
        )
        yield from (_side(f"  {line}", said) for line, said in used)
        yield from (_side(f"  # {line}", said) for line, said in others)


def freshness(cron: str) -> dict[str, str]:
    """Warn soon after a delivery is missed, fail a while later."""
    fields = cron.split()
    if len(fields) == 5 and fields[4] in set("01234567"):
        return {"warn": "8d", "fail": "10d"}
    if len(fields) == 5 and fields[2].isdigit():
        return {"warn": "32d", "fail": "40d"}
    return {"warn": "26h", "fail": "36h"}


def _defaults(key: str, model: type[BaseModel], title: str) -> Iterator[str]:
    """A model's fields with their defaults and descriptions, all commented out."""
    yield f"# {title}"
    yield f"# {key}:"
    for name, described in model.model_fields.items():
        value = described.get_default(call_default_factory=True)
        said = _plain((described.description or "").replace("\n", " "))
        line = f"#   {name}: {flow(value)}"
        if len(line) + len(said) + 4 <= WIDTH:
            yield _side(line, said)
        else:
            yield from _comment(f"  {said}", 0, indented="    ")
            yield line


def _side(line: str, comment: str) -> str:
    plain = _plain(comment)
    return f"{line:<{_SIDE}}# {plain}" if plain else line


def _comment(text: str, indent: int, indented: str = "") -> list[str]:
    pad = " " * indent + "# " + indented
    plain = _plain(text)
    return textwrap.wrap(plain, WIDTH, initial_indent=pad, subsequent_indent=pad) if plain else []


def _plain(text: str) -> str:
    """On one line, without signs that YAML refuses."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
