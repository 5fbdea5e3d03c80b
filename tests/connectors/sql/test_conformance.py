"""The `sql` connector holds what every connector has to hold, against a real PostgreSQL and MariaDB."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest

from dagster_ingest.testing import mysql, postgres
from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.served import Provider, Table

PASSWORD = "reader s3cret/word"
_server: dict[str, str] = {}


class PostgresProvider(Provider):
    """A view over a table, so that a row of it can be made to fail."""

    connector = "sql"
    read_as: ClassVar[str] = "snapshot"

    def __enter__(self) -> PostgresProvider:
        self._stack = ExitStack()
        self._dsn = self._stack.enter_context(postgres.new_database(_server["dsn"]))
        self._run("create role reader login") if not self._role() else None
        self.secrets = {"SOURCE_DSN": self._address()}
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def serve(self, table: Table) -> None:
        with postgres.session(self._dsn) as connection:
            connection.execute("drop view if exists things; drop table if exists rows")
            names = [f'"{c}" text' for c in table.columns[1:-1]]
            stamp = next(iter(table.rows()), ("2026",))[-1] or ""
            stamp = f'"{table.columns[-1]}" {"timestamp" if stamp.startswith("2026") else "text"}'
            declared = [f'"{table.columns[0]}" text primary key', *names, stamp]
            connection.execute(f"create table rows ({', '.join(declared)})")
            with connection.cursor().copy("copy rows from stdin") as copy:
                for row in table.rows():
                    copy.write_row(row)
        self.heal()

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {"dsn": {"secret": "SOURCE_DSN"}, "key": ["ID"], "read": self.read_as}
        found |= {"page_rows": self.page or 1000, "timeout_seconds": 60}
        found |= {"watermark": "changed_at", "probe": True}
        return found | ({"deletes": "present"} if incremental else {})

    def inject(self, fault: str) -> bool:
        if fault == "absent":
            self._run("drop view things")
        elif fault == "denied":
            self._run("create or replace view things as select * from rows; revoke all on things from reader")
            self.secrets = {"SOURCE_DSN": self._address("reader")}
        elif fault == "unreachable":
            self.secrets = {"SOURCE_DSN": "postgresql://reader:reader%20s3cret%2Fword@127.0.0.1:1/nowhere"}
        elif fault == "cut":
            half = '(select "ID" from rows order by 1 offset (select count(*) / 2 from rows) limit 1)'
            self._view(f'case when "ID" = {half} then 1 / (length("ID") - 7) = 1 else true end')
        else:
            return False  # a database has no pages that go wrong one by one, and counts nothing
        return True

    def heal(self) -> None:
        self.secrets = {"SOURCE_DSN": self._address()}
        self._view("true")

    def _view(self, condition: str) -> None:
        self._run("drop view if exists things", f"create view things as select * from rows where {condition}")

    def _address(self, user: str = "postgres") -> str:
        return postgres.address(self._dsn, user).replace("@/", ":reader%20s3cret%2Fword@/")

    def _role(self) -> bool:
        with postgres.session(self._dsn) as connection:
            return bool(connection.execute("select 1 from pg_roles where rolname = 'reader'").fetchall())

    def _run(self, *statements: str) -> None:
        with postgres.session(self._dsn) as connection:
            for statement in itertools.chain.from_iterable(s.split(";") for s in statements):
                connection.execute(statement)


class PagesProvider(PostgresProvider):
    page = 50
    many = 20_000
    read_as = "pages"

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return super().settings(incremental=incremental) | {"page_rows": 50 if not self._large() else 2000}

    def _large(self) -> bool:
        with postgres.session(self._dsn) as connection:
            rows = connection.execute("select count(*) from rows").fetchall()
        return rows[0][0] > 1000


class MariaDbProvider(Provider):
    """The dialect mysql."""

    connector = "sql"

    def __enter__(self) -> MariaDbProvider:
        self._stack = ExitStack()
        self._address, self._run = self._stack.enter_context(mysql.new_database(_server["mysql"]))
        self.heal()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def serve(self, table: Table) -> None:
        names = [f"`{c}` text" for c in table.columns[1:]]
        declared = ", ".join([f"`{table.columns[0]}` varchar(40) primary key", *names])
        self._run("drop table if exists things", f"create table things ({declared}) charset utf8mb4")
        rows = iter(table.rows())
        while part := list(itertools.islice(rows, 5_000)):
            values = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in part)
            self._run(f"insert into things values {values}")

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {"dsn": {"secret": "SOURCE_DSN"}, "dialect": "mysql", "page_rows": 1000}
        found |= {"watermark": "changed_at", "probe": True}
        return found | ({"deletes": "present"} if incremental else {})

    def inject(self, fault: str) -> bool:
        if fault == "absent":
            self._run("drop table things")
        elif fault == "denied":
            self._point("nobody:reader%20s3cret%2Fword", self._address.partition("@")[2])
        elif fault == "unreachable":
            self._point("root:reader%20s3cret%2Fword", "127.0.0.1:1/nowhere")
        else:
            return False
        return True

    def heal(self) -> None:
        self.secrets = {"SOURCE_DSN": self._address}

    def _point(self, user: str, place: str) -> None:
        self.secrets = {"SOURCE_DSN": f"mysql://{user}@{place}"}


def _literal(cell: str | None) -> str:
    return "null" if cell is None else "'" + cell.replace("\\", "\\\\").replace("'", "''") + "'"


@pytest.mark.mysql
class TestMariaDb(ConnectorConformance):
    provider = MariaDbProvider

    @pytest.fixture(autouse=True)
    def _server_of_its_own(self, mysql_server: str) -> None:
        _server["mysql"] = mysql_server


@pytest.mark.postgres
class TestPostgresSnapshot(ConnectorConformance):
    provider = PostgresProvider

    @pytest.fixture(autouse=True)
    def _server_of_its_own(self, postgres_server: str) -> None:
        _server["dsn"] = postgres_server


@pytest.mark.postgres
class TestPostgresPages(TestPostgresSnapshot):
    provider = PagesProvider
