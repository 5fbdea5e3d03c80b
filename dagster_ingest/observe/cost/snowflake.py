"""Cost out of Snowflake's own views: what it attributes to statements, by the tags that they carry.

Credits are those that QUERY_ATTRIBUTION_HISTORY gives to a statement: without the idle time of a
warehouse, and without statements below a tenth of a second. The views lag by up to eight hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_ingest.observe.cost.rows import CostRow
from dagster_ingest.redact import redact

Ask = Callable[[str], Sequence[Mapping[str, Any]]]
"""Runs a query; rows by lower-case names of columns."""

_TAGS = {"tenant": "tenant", "state": "state", "layer": "layer", "table": "table_name"}
_SHOWN = 50
_LONGEST = 500  # characters of a statement's text


@dataclass(frozen=True, slots=True)
class Untagged:
    """Statements that no tag claims, alike in text. `text` is of one of them."""

    text: str
    user: str
    warehouse: str
    statements: int
    credits: float
    execution_seconds: float


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose statements count: those in these warehouses or databases. Names as Snowflake folds them."""

    warehouses: tuple[str, ...]
    databases: tuple[str, ...]

    def condition(self) -> str:
        parts = [
            f"q.{column} in ({', '.join(_text(name) for name in sorted(names))})"
            for column, names in (("warehouse_name", self.warehouses), ("database_name", self.databases))
            if names
        ]
        return f"({' or '.join(parts)})" if parts else "true"


def cost_sql(scope: Scope, since: str, until: str) -> str:
    """A row for each day, tenant, state, layer and table; empty texts where no tag says.
    since, until: ISO dates in UTC, the second one not included."""
    return f"""{_ran(scope, since, until)}
select
    day, tenant, state, layer, table_name,
    count(*) as statements,
    sum(credits) as credits,
    sum(execution_seconds) as execution_seconds,
    sum(bytes_scanned) as bytes_scanned,
    sum(bytes_written) as bytes_written
from ran
group by day, tenant, state, layer, table_name
order by day, tenant, state, layer, table_name
"""


def untagged_sql(scope: Scope, since: str, until: str, limit: int = _SHOWN) -> str:
    """The most expensive statements without a tenant in their tag, alike ones together."""
    return f"""{_ran(scope, since, until)}
select
    user_name, warehouse_name, alike,
    min(query_text) as query_text,
    count(*) as statements,
    sum(credits) as credits,
    sum(execution_seconds) as execution_seconds
from ran
where tenant = ''
group by user_name, warehouse_name, alike
order by credits desc, execution_seconds desc, alike
limit {int(limit)}
"""


def cost_rows(ask: Ask, scope: Scope, since: str, until: str) -> list[CostRow]:
    return [_row(found) for found in ask(cost_sql(scope, since, until))]


def untagged(ask: Ask, scope: Scope, since: str, until: str) -> list[Untagged]:
    return [
        Untagged(
            text=redact(str(row["query_text"])),
            user=str(row["user_name"] or ""),
            warehouse=str(row["warehouse_name"] or ""),
            statements=int(row["statements"]),
            credits=float(row["credits"] or 0),
            execution_seconds=float(row["execution_seconds"] or 0),
        )
        for row in ask(untagged_sql(scope, since, until))
    ]


def _ran(scope: Scope, since: str, until: str) -> str:
    """Statements of the scope, with what their tag says and what they cost."""
    window = "{0} >= to_timestamp_tz({1}) and {0} < to_timestamp_tz({2})"
    first, last = _text(f"{since} 00:00:00 +0000"), _text(f"{until} 00:00:00 +0000")
    tags = ",\n        ".join(
        f"coalesce(get_path(try_parse_json(q.query_tag), {_text(name)})::varchar, '') as {shown}"
        for name, shown in _TAGS.items()
    )
    return f"""with attributed as (
    select query_id, sum(credits_attributed_compute + coalesce(credits_used_query_acceleration, 0)) as credits
    from snowflake.account_usage.query_attribution_history
    where {window.format("start_time", first, last)}
    group by query_id
),
ran as (
    select
        to_char(convert_timezone('UTC', q.start_time), 'YYYY-MM-DD') as day,
        {tags},
        q.user_name,
        q.warehouse_name,
        coalesce(q.query_parameterized_hash, q.query_hash, q.query_id) as alike,
        left(q.query_text, {_LONGEST}) as query_text,
        coalesce(a.credits, 0) as credits,
        coalesce(q.execution_time, 0) / 1000 as execution_seconds,
        coalesce(q.bytes_scanned, 0) as bytes_scanned,
        coalesce(q.bytes_written, 0) as bytes_written
    from snowflake.account_usage.query_history as q
    left join attributed as a on a.query_id = q.query_id
    where {window.format("q.start_time", first, last)}
      and {scope.condition()}
)"""


def _row(found: Mapping[str, Any]) -> CostRow:
    return CostRow(
        day=str(found["day"]),
        tenant=str(found["tenant"]),
        state=str(found["state"]),
        layer=str(found["layer"]),
        table=str(found["table_name"]),
        statements=int(found["statements"]),
        credits=float(found["credits"] or 0),
        execution_seconds=float(found["execution_seconds"] or 0),
        bytes_scanned=int(found["bytes_scanned"] or 0),
        bytes_written=int(found["bytes_written"] or 0),
    )


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
