"""Columns that the server makes of others: words to search for, and geometry where PostGIS is there.

They are generated columns, so a publish neither writes nor compares them, and they can never be stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dagster_ingest.publish.postgres.driver import sql
from dagster_ingest.publish.postgres.tables import Table, named

SHAPE = "_ingest_shape"
_SEARCHED = "search_record"
_LONGEST = 200_000  # characters of one text; a tsvector holds a megabyte

# What a hit is worth: names before terms before everything else.
_WEIGHTS = {
    "A": ("display_name", "service_name", "service_alternate_name", "organization_name"),
    "B": ("taxonomy_names", "taxonomy_codes", "service_areas", "city"),
    "C": ("search_text", "service_description", "eligibility"),
}
_LANGUAGES = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
    "ru": "russian",
}


@dataclass(frozen=True, slots=True)
class Computed:
    """A generated column of a table, and the index on it."""

    table: str
    column: str
    type: sql.Composable
    expression: sql.Composable
    method: str

    @property
    def index(self) -> str:
        return named(self.table, self.column, "idx")


def computed(schema: str, table: Table, locale: str, postgis: str | None) -> Iterator[Computed]:
    """Of one table. postgis: the schema that the extension is in, where it is there.

    locale  of the texts: words are stemmed in that language, or left as they are
    """
    kinds = {column.name: column.type for column in table.columns}
    if table.name == _SEARCHED and (words := _words(kinds, locale)):
        yield Computed(table.name, "search_vector", sql.SQL("tsvector"), words, "gin")
    if postgis is None:
        return
    if kinds.get("latitude") == kinds.get("longitude") == "double precision":
        point = sql.SQL("{0}.st_setsrid({0}.st_makepoint(longitude, latitude), 4326)")
        yield _geometry(table.name, "Point", point.format(sql.Identifier(postgis)), postgis)
    if kinds.get("extent") == kinds.get("extent_type") == "text":
        shape = sql.SQL("case when extent_type = 'geojson' then {}(extent) end")
        yield _geometry(table.name, "Geometry", shape.format(sql.Identifier(schema, SHAPE)), postgis)


def shape_function(schema: str, postgis: str) -> sql.Composed:
    """GeoJSON to a valid shape; null for what is none, for one odd area must not stop a publish."""
    return sql.SQL(
        """
        create function {name}(extent text) returns {postgis}.geometry
        language plpgsql immutable strict parallel safe as $$
        begin
            return {postgis}.st_makevalid(
                {postgis}.st_setsrid({postgis}.st_geomfromgeojson(extent), 4326));
        exception when others then
            return null;
        end $$
        """
    ).format(name=sql.Identifier(schema, SHAPE), postgis=sql.Identifier(postgis))


def _geometry(table: str, kind: str, expression: sql.Composable, postgis: str) -> Computed:
    of = sql.SQL("{}.geometry({}, 4326)").format(sql.Identifier(postgis), sql.SQL(kind))
    return Computed(table, "geom", of, expression, "gist")


def _words(kinds: dict[str, str], locale: str) -> sql.Composable | None:
    language = sql.Literal(_LANGUAGES.get(locale.lower()[:2], "simple"))
    parts = []
    for weight, columns in _WEIGHTS.items():
        there = [name for name in columns if kinds.get(name) == "text"]
        if there:
            text = sql.SQL(" || ' ' || ").join(
                sql.SQL("coalesce(left({}, {}), '')").format(sql.Identifier(name), sql.Literal(_LONGEST))
                for name in there
            )
            parts.append(
                sql.SQL("setweight(to_tsvector({}::regconfig, {}), {})").format(
                    language, text, sql.SQL(f"'{weight}'::\"char\"")
                )
            )
    return sql.SQL(" || ").join(parts) if parts else None
