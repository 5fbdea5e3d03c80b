"""How each database spells things. Pure text: identifiers quoted, values as places for bound ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster_ingest.connectors.sql.table import Column

INTEGERS = frozenset({"int2", "int4", "int8", "tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
# Read as base64, so that a row that was read does not tell where its key stands.
BINARY = frozenset(
    {"bytea", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "image", "rowversion"}
)


class Dialect:
    """name: as sqlglot and settings call it. default_schema: None for that of the address."""

    name = ""
    default_schema: str | None = None
    quotes: tuple[str, str] = ('"', '"')
    times: frozenset[str] = frozenset()

    def quoted(self, name: str) -> str:
        opening, closing = self.quotes
        return opening + name.replace(closing, closing * 2) + closing

    def place(self, number: int, column: Column) -> str:
        """Where the bound value `number` stands, of the type of `column`."""
        return f":p{number}"

    def bound(self, column: Column, value: Any) -> Any:
        """A value, perhaps as its text was read, as it is bound. Big numbers as text would be compared as
        floats."""
        return int(value) if isinstance(value, str) and column.base in INTEGERS else value

    def rendered(self, column: Column) -> str:
        """The column as it is selected: typed where the driver's value has a canonical text, else text."""
        raise NotImplementedError

    def greatest(self, column: Column, overlap: int) -> str:
        """Expression of the greatest value of a column less the overlap, as text."""
        raise NotImplementedError

    def limited(self, statement: str, rows: int) -> str:
        return f"{statement} LIMIT {rows:d}"

    def after(self, columns: Sequence[Column], places: Sequence[str]) -> str:
        """Condition: behind this key, in the order of the key."""
        names = ", ".join(self.quoted(column.name) for column in columns)
        if len(columns) == 1:
            return f"{names} > {places[0]}"
        return f"({names}) > ({', '.join(places)})"

    def is_time(self, column: Column) -> bool:
        return column.base in self.times


class Postgres(Dialect):
    """Values are bound to settings of the transaction: the statement has no parameters, so that it can be
    copied out as a stream. What the driver would render wrongly (infinity, NaN, money) the server renders.
    """

    name = "postgres"
    default_schema = "public"
    times = frozenset({"date", "timestamp", "timestamptz"})
    _typed = frozenset(
        {
            "bool",
            "int2",
            "int4",
            "int8",
            "oid",
            "float4",
            "float8",
            "bytea",
            "text",
            "varchar",
            "bpchar",
            "name",
        }
    )

    def place(self, number: int, column: Column) -> str:
        return f"CAST(current_setting('ingest.p{number}') AS {column.type})"

    def rendered(self, column: Column) -> str:
        name = self.quoted(column.name)
        if column.base in self._typed:
            return name
        if column.base == "timestamp":
            told = f"regexp_replace(CAST({name} AS text), ' ', 'T')"
        elif column.base == "timestamptz":
            told = f"regexp_replace(regexp_replace(CAST({name} AS text), ' ', 'T'), '[+]00$', 'Z')"
        elif column.base == "money":
            told = f"CAST(CAST({name} AS numeric) AS text)"
        elif column.base.startswith("_"):
            told = f"CAST(array_to_json({name}) AS text)"
        else:
            told = f"CAST({name} AS text)"
        return f"{told} AS {name}"

    def greatest(self, column: Column, overlap: int) -> str:
        most = f"max({self.quoted(column.name)})"
        if overlap:
            less = f"make_interval(secs => {overlap:d})" if self.is_time(column) else f"{overlap:d}"
            most = f"{most} - {less}"
        return f"CAST({most} AS text)"


class MySql(Dialect):
    name = "mysql"
    quotes = ("`", "`")
    times = frozenset({"date", "datetime", "timestamp"})

    def bound(self, column: Column, value: Any) -> Any:
        if column.base == "timestamp" and isinstance(value, str):
            return value.removesuffix("Z")  # the session is in UTC
        return super().bound(column, value)

    def rendered(self, column: Column) -> str:
        name = self.quoted(column.name)
        if column.base == "time":  # the driver makes a duration of it
            return f"CAST({name} AS CHAR) AS {name}"
        if column.base == "bit":
            return f"CAST({name} AS UNSIGNED) AS {name}"
        return name

    def greatest(self, column: Column, overlap: int) -> str:
        most = f"max({self.quoted(column.name)})"
        if overlap:
            most = f"{most} - " + (f"INTERVAL {overlap:d} SECOND" if self.is_time(column) else f"{overlap:d}")
        return f"CAST({most} AS CHAR)"


class SqlServer(Dialect):
    name = "sqlserver"
    default_schema = "dbo"
    quotes = ("[", "]")
    times = frozenset({"date", "datetime", "datetime2", "smalldatetime", "datetimeoffset"})
    _untyped = frozenset({"sql_variant", "geography", "geometry", "hierarchyid", "xml"})

    def rendered(self, column: Column) -> str:
        name = self.quoted(column.name)
        if column.base in self._untyped:
            return f"CAST({name} AS nvarchar(max)) AS {name}"
        if column.base in ("datetimeoffset", "datetime2"):  # the driver cuts off digits
            style = 127 if column.base == "datetimeoffset" else 126
            return f"CONVERT(varchar(40), {name}, {style}) AS {name}"
        return name

    def greatest(self, column: Column, overlap: int) -> str:
        most = f"max({self.quoted(column.name)})"
        if not self.is_time(column):
            return f"CAST({most} - {overlap:d} AS varchar(40))" if overlap else f"CAST({most} AS varchar(40))"
        if overlap:
            whole = "datetimeoffset" if column.base == "datetimeoffset" else "datetime2"
            most = f"DATEADD(second, -{overlap:d}, CAST({most} AS {whole}))"
        return f"CONVERT(varchar(40), {most}, {127 if column.base == 'datetimeoffset' else 126})"

    def limited(self, statement: str, rows: int) -> str:
        """`statement` has an ORDER BY, or is turned into a TOP."""
        if " ORDER BY " in statement:
            return f"{statement} OFFSET 0 ROWS FETCH NEXT {rows:d} ROWS ONLY"
        return statement.replace("SELECT ", f"SELECT TOP {rows:d} ", 1)

    def after(self, columns: Sequence[Column], places: Sequence[str]) -> str:
        parts = []
        for at, (column, place) in enumerate(zip(columns, places, strict=True)):
            same = [f"{self.quoted(c.name)} = {p}" for c, p in zip(columns[:at], places[:at], strict=True)]
            parts.append("(" + " AND ".join([*same, f"{self.quoted(column.name)} > {place}"]) + ")")
        return "(" + " OR ".join(parts) + ")"


DIALECTS: dict[str, Dialect] = {d.name: d for d in (Postgres(), MySql(), SqlServer())}
