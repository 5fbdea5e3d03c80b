"""The schema of one tenant over one connection: every statement that moves rows or signs for them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres import signature
from dagster_ingest.publish.postgres.driver import Connection, Error, Jsonb, sql
from dagster_ingest.publish.postgres.schema import PUBLICATIONS, lock, names, qualified
from dagster_ingest.publish.postgres.signature import Signed
from dagster_ingest.publish.postgres.tables import STATE, Table

_log = logging.getLogger("dagster_ingest")
_TOGETHER = 2_000_000  # rows in one answer; the server makes no value of more than a gigabyte


@dataclass(frozen=True, slots=True)
class Place:
    """Rows are addressed by table and state; nothing here reaches another state's rows."""

    connection: Connection
    schema: str
    tenant: str
    lock_seconds: float

    def shown(self, state: str) -> tuple[str, dict[str, int]] | None:
        """Version and row counts that the schema shows for `state`; None also where a table is gone."""
        name = qualified(self.schema, PUBLICATIONS).as_string(self.connection)
        found = self.connection.execute("select to_regclass(%s)::text", [name]).fetchone()
        if found is None or found[0] is None:
            return None
        query = self._on(PUBLICATIONS, "select version, rows from {table} where tenant = %s and state = %s")
        signed = self.connection.execute(query, [self.tenant, state]).fetchone()
        return signed if signed is not None and self._has(signed[1]) else None

    def _has(self, tables: Iterable[str]) -> bool:
        """Whether all of them are there: a hand may have dropped one."""
        wanted = set(tables)
        query = "select count(*) from pg_catalog.pg_tables where schemaname = %s and tablename = any(%s)"
        found = self.connection.execute(query, [self.schema, list(wanted)]).fetchone()
        return found is not None and found[0] == len(wanted)

    def unsign_lost(self) -> None:
        """Take back what is signed of tables that are gone, for each state: once such a table is made
        again, nobody could tell that rows are missing."""
        if not self._has([PUBLICATIONS]):
            return
        query = self._on(
            PUBLICATIONS,
            "delete from {table} where tenant = %s and exists (select 1 from jsonb_object_keys(rows) name"
            " where name not in (select tablename from pg_catalog.pg_tables where schemaname = %s))",
        )
        self.connection.execute(query, [self.tenant, self.schema])

    def begin(self) -> None:
        """Wait for the schema, and refuse another tenant's."""
        lock(self.connection, self.schema, self.lock_seconds)
        self.connection.execute("set local timezone to 'UTC'")
        query = self._on(PUBLICATIONS, "select tenant from {table} where tenant <> %s limit 1")
        other = self.connection.execute(query, [self.tenant]).fetchone()
        if other:
            raise PublishError(
                f"schema {self.schema!r} belongs to tenant {other[0]!r}",
                not_done=f"nothing of {self.tenant} was published or withdrawn",
                fix="name a schema of the tenant's own as db_schema in the tenant file",
            )

    def hashes(self, table: Table, state: str, about: int) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Keys, their lengths and row hashes of what the table shows, as `rows.known` takes them.

        A driver takes longer over each answer than over each row in it: millions come in one.

        about  how many rows to expect
        """
        length = "'36'" if table.key_type == "uuid" else "octet_length(convert_to({key}::text, 'UTF8'))"
        query = self._on(
            table.name,
            "select convert_to(string_agg({key}::text, ''), 'UTF8'),"
            f" string_agg(int8send({length}), ''), string_agg(int8send(_row_hash), '')"
            " from {table} where _state = {state} group by {part}",
            key=sql.Identifier(table.key),
            state=sql.Literal(state),
            part=sql.SQL("()" if about < _TOGETHER else "_row_hash & 63"),
        )
        for keys, lengths, numbers in self.connection.cursor(binary=True).execute(query):
            if keys is not None:
                yield keys, lengths, numbers

    def digests(self, tables: Iterable[str], state: str) -> dict[str, tuple[int, int]]:
        """How many rows each table shows, and the sum of their hashes."""
        if not (tables := list(tables)):
            return {}
        one = "select {name}, count(*), coalesce(sum(_row_hash), 0) from {table} where _state = {state}"
        each = (self._on(t, one, name=sql.Literal(t), state=sql.Literal(state)) for t in tables)
        found = self.connection.execute(sql.SQL(" union all ").join(each))
        return {name: (count, int(total)) for name, count, total in found}

    def target(self, table: Table) -> sql.Identifier:
        return qualified(self.schema, table.name)

    def stage(self, table: Table) -> sql.Identifier:
        """An empty table of the same name and columns that is gone with the transaction."""
        query = "create temporary table {staged} (like {table}) on commit drop"
        staged = sql.Identifier("pg_temp", table.name)
        self.connection.execute(self._on(table.name, query, staged=staged))
        return staged

    def copy_in(self, into: sql.Identifier, table: Table, chunks: Iterable[bytes]) -> int:
        """Append CSV rows. Returns bytes sent."""
        query = sql.SQL("copy {} ({}) from stdin (format csv)").format(into, names(stored(table)))
        sent = 0
        with self.connection.cursor().copy(query) as copy:
            for chunk in chunks:
                copy.write(chunk)
                sent += len(chunk)
        return sent

    def upsert(self, table: Table, staged: sql.Identifier) -> int:
        """Take the staged rows over those of the same key. Returns rows written."""
        taken = [sql.Identifier(c) for c in stored(table) if c not in (table.key, STATE)]
        query = self._on(
            table.name,
            "insert into {table} ({columns}) select {columns} from {staged}"
            " on conflict ({key}, _state) do update set {updates}",
            columns=names(stored(table)),
            staged=staged,
            key=sql.Identifier(table.key),
            updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(c) for c in taken),
        )
        return self.connection.execute(query).rowcount

    def landed(self, table: Table, staged: sql.Identifier) -> int:
        """How many of the staged rows the table shows, by key and hash. Each is looked up, as it was written:
        a join is planned from statistics, which a table that was just filled has none of."""
        query = (
            "select count(*) from {staged} s where _row_hash ="
            " (select t._row_hash from {table} t where t.{key} = s.{key} and t._state = s._state)"
        )
        parts = {"staged": staged, "key": sql.Identifier(table.key)}
        found = self.connection.execute(self._on(table.name, query, **parts)).fetchone()
        return found[0] if found else 0

    def unlike(self, table: Table, staged: sql.Identifier) -> list[str]:
        """Keys of rows that the table shows under the staged hash, but with other values."""
        query = self._on(
            table.name,
            "select s.{key}::text from {staged} s join {table} t using ({key}, _state, _row_hash)"
            " where ({theirs}) is distinct from ({ours}) order by 1",
            staged=staged,
            key=sql.Identifier(table.key),
            theirs=sql.SQL(", ").join(sql.Identifier("t", c) for c in stored(table)),
            ours=sql.SQL(", ").join(sql.Identifier("s", c) for c in stored(table)),
        )
        return [key for (key,) in self.connection.execute(query)]

    def odd_shapes(self, state: str) -> int:
        """Service areas whose GeoJSON gave no geometry."""
        query = self._on(
            "service_area",
            "select count(*) from {table} where _state = %s and extent_type = 'geojson'"
            " and extent is not null and geom is null",
        )
        found = self.connection.execute(query, [state]).fetchone()
        return found[0] if found else 0

    def delete(self, table: Table, state: str, keys: list[str]) -> int:
        query = self._on(
            table.name,
            "delete from {table} where _state = %s and {key} = any(%s::{type}[])",
            key=sql.Identifier(table.key),
            type=sql.SQL(table.key_type),
        )
        return self.connection.execute(query, [state, keys]).rowcount

    def clear(self, table: str, state: str) -> int:
        query = self._on(table, "delete from {table} where _state = %s")
        return self.connection.execute(query, [state]).rowcount

    def signed(self, state: str) -> dict[str, Signed]:
        """What is signed of the state's tables; nothing, where a version of before wrote the ledger."""
        if not self._has([PUBLICATIONS]):
            return {}
        query = self._on(
            PUBLICATIONS, "select to_jsonb(l) -> 'signed' from {table} l where tenant = %s and state = %s"
        )
        found = self.connection.execute(query, [self.tenant, state]).fetchone()
        return signature.read(found[0]) if found else {}

    def sign(self, state: str, version: str, counts: dict[str, int], signed: dict[str, Signed]) -> None:
        """Say what the state shows now. Stands in the same commit as the rows."""
        query = self._on(
            PUBLICATIONS,
            "insert into {table} (tenant, state, version, rows, published_at, signed)"
            " values (%s, %s, %s, %s, now(), %s) on conflict (tenant, state) do update"
            " set version = excluded.version, rows = excluded.rows, published_at = excluded.published_at,"
            " signed = excluded.signed",
        )
        told = Jsonb(signature.told(signed)) if signed else None
        self.connection.execute(query, [self.tenant, state, version, Jsonb(counts), told])

    def unsign(self, state: str) -> None:
        query = self._on(PUBLICATIONS, "delete from {table} where tenant = %s and state = %s")
        self.connection.execute(query, [self.tenant, state])

    def settle(self, tables: Iterable[Table]) -> None:
        """Statistics for the planner, and pages that the next publish need not mark while it counts. Outside
        of any transaction; what cannot be done now is left to the server's own vacuum."""
        for table in tables:
            try:
                self.connection.execute(self._on(table.name, "vacuum (analyze, skip_locked) {table}"))
            except Error as error:
                why = type(error).__name__  # its text may quote the connection
                _log.warning("%s.%s is published, but was not vacuumed: %s", self.schema, table.name, why)
                return

    def _on(self, table: str, query: str, **parts: sql.Composable) -> sql.Composed:
        """`query` with its `{table}` qualified by the schema and `parts` filled in."""
        return sql.SQL(query).format(table=qualified(self.schema, table), **parts)


def stored(table: Table) -> list[str]:
    return [c.name for c in table.stored]
