"""What ran: every statement with its session and tag, in the form of ACCOUNT_USAGE.

Kept in a database SNOWFLAKE beside those of the account, so that SQL can read it:
`SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY` and `QUERY_ATTRIBUTION_HISTORY`, at once and not hours later.
The measures are this process's own: EXECUTION_TIME in its milliseconds, BYTES_SCANNED the bytes of
the answer, a credit an hour of execution.
"""

from __future__ import annotations

import datetime
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_ingest.testing.snowflake.text import bare

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLES = """
attach ':memory:' as SNOWFLAKE;
create schema SNOWFLAKE.ACCOUNT_USAGE;
create table SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY (
    QUERY_ID varchar, QUERY_TEXT varchar, QUERY_HASH varchar, QUERY_PARAMETERIZED_HASH varchar,
    DATABASE_NAME varchar, SCHEMA_NAME varchar,
    QUERY_TYPE varchar, SESSION_ID bigint, USER_NAME varchar, ROLE_NAME varchar,
    WAREHOUSE_NAME varchar, WAREHOUSE_SIZE varchar, QUERY_TAG varchar,
    EXECUTION_STATUS varchar, ERROR_CODE varchar, ERROR_MESSAGE varchar,
    START_TIME timestamptz, END_TIME timestamptz, TOTAL_ELAPSED_TIME bigint,
    COMPILATION_TIME bigint, EXECUTION_TIME bigint, BYTES_SCANNED bigint, BYTES_WRITTEN bigint,
    ROWS_PRODUCED bigint,
    CREDITS_USED_CLOUD_SERVICES double
);
create view SNOWFLAKE.ACCOUNT_USAGE.QUERY_ATTRIBUTION_HISTORY as
select
    QUERY_ID, null::varchar as PARENT_QUERY_ID, null::varchar as ROOT_QUERY_ID, 1::bigint as WAREHOUSE_ID,
    WAREHOUSE_NAME, QUERY_HASH, QUERY_HASH as QUERY_PARAMETERIZED_HASH, QUERY_TAG, USER_NAME,
    START_TIME, END_TIME, EXECUTION_TIME / 3600000.0 as CREDITS_ATTRIBUTED_COMPUTE,
    0.0::double as CREDITS_USED_QUERY_ACCELERATION
from SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY
where EXECUTION_STATUS = 'SUCCESS' and WAREHOUSE_NAME is not null;
"""


@dataclass
class Statement:
    """One that runs; what is known of it before it ends."""

    text: str
    about: dict[str, Any]
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    clock: float = field(default_factory=time.perf_counter)
    bytes: int = 0


class History:
    """The statements of all sessions, in the order of their ends."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        connection.execute(_TABLES)
        description = connection.execute("from SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY").description or []
        self._columns = [column[0] for column in description]

    def done(self, statement: Statement, rows: int | None) -> None:
        self._add(statement, EXECUTION_STATUS="SUCCESS", ROWS_PRODUCED=rows)

    def failed(self, statement: Statement, code: object, message: str) -> None:
        self._add(statement, EXECUTION_STATUS="FAIL", ERROR_CODE=str(code), ERROR_MESSAGE=message)

    def listed(self) -> list[dict[str, Any]]:
        """Rows of QUERY_HISTORY by start."""
        with self._lock:
            found = self._connection.execute(
                "from SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY order by START_TIME, END_TIME"
            ).fetchall()
        return [dict(zip(self._columns, row, strict=True)) for row in found]

    def forget(self) -> None:
        with self._lock:
            self._connection.execute("delete from SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY")

    def _add(self, statement: Statement, **outcome: Any) -> None:
        milliseconds = round((time.perf_counter() - statement.clock) * 1000)
        hashed = uuid.uuid5(uuid.NAMESPACE_OID, statement.text).hex
        values = {
            "QUERY_ID": statement.query_id,
            "QUERY_TEXT": statement.text,
            "QUERY_HASH": hashed,
            "QUERY_PARAMETERIZED_HASH": hashed,
            "QUERY_TYPE": query_type(statement.text),
            "WAREHOUSE_SIZE": "X-Small",
            "START_TIME": statement.started,
            "END_TIME": datetime.datetime.now(datetime.UTC),
            "TOTAL_ELAPSED_TIME": milliseconds,
            "COMPILATION_TIME": 0,
            "EXECUTION_TIME": milliseconds,
            "BYTES_SCANNED": statement.bytes,
            "CREDITS_USED_CLOUD_SERVICES": 0.0,
            **statement.about,
            **outcome,
        }
        row = [values.get(column) for column in self._columns]
        marks = ", ".join("?" * len(row))
        with self._lock:
            self._connection.execute(
                f"insert into SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY values ({marks})", row
            )


def query_type(sql: str) -> str:
    """As QUERY_HISTORY names the kinds of statements, for those that clients of ours run."""
    words = bare(sql).upper().split(None, 6)
    match words:
        case ["WITH" | "SELECT" | "(", *_]:
            return "SELECT"
        case ["BEGIN" | "START", *_]:
            return "BEGIN_TRANSACTION"
        case ["CREATE", *more] if "TABLE" in more:
            return "CREATE_TABLE_AS_SELECT" if " AS" in bare(sql).upper() else "CREATE_TABLE"
        case ["CREATE", "OR", "REPLACE", kind, *_] | ["CREATE" | "DROP" | "ALTER", kind, *_]:
            return f"{words[0]}_{kind}" if kind != "SESSION" else "ALTER_SESSION"
        case ["PUT", *_]:
            return "PUT_FILES"
        case ["DESC", *_]:
            return "DESCRIBE"
        case [word, *_]:
            return word
    return "UNKNOWN"
