{# The rows of one table of a system, over all the tenant's sources of that system, for the run's
   state: `from {{ raw_rows('icarol', 'resource') }} as r`. Columns are those that sources.yml names
   for the table (plus `extra`, where landed) and the load's own; one that was not landed is null. A
   column that is not named there is never read.
   A source whose table is on another major version of the contract than the models read (var
   `versions`) is brought to the columns that they read first: see raw_of_version. #}
{% macro raw_rows(system, table, extra=[]) %}
  {%- set registered = source(system, table) -%}
  {%- if not execute -%}{{ return(registered) }}{%- endif -%}
  {%- set node = graph.sources.values() | selectattr('source_name', 'equalto', system)
      | selectattr('name', 'equalto', table) | first -%}
  {%- set wanted = node.columns.keys() | list + extra -%}
  {%- set versions = (var('versions', none) or {}).get(system, {}) -%}
  {%- set parts = [] -%}
  {%- for name in (var('sources', none) or {}).get(system, [system]) -%}
    {%- set relation = adapter.get_relation(registered.database, registered.schema, name ~ '_' ~ table) -%}
    {%- set version = versions.get(name, {}).get(table) -%}
    {%- if relation is not none and version -%}
      {%- set brought = raw_of_version(relation, version, system ~ '__' ~ table) -%}
      {%- do parts.append(raw_part("(" ~ brought ~ ") as brought", wanted, get_columns_in_query(brought))) -%}
    {%- elif relation is not none -%}
      {%- set landed = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
      {%- do parts.append(raw_part(relation, wanted, landed)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not parts -%}{%- do parts.append(raw_nothing(wanted)) -%}{%- endif -%}
  {{ return("(" ~ parts | join("\n    union all\n") ~ "\n)") }}
{% endmacro %}

{% macro raw_part(relation, wanted, columns) %}
  {%- set there = columns | map('lower') | list -%}
  {%- set picked = [] -%}
  {%- for column in wanted -%}
    {%- do picked.append(("" if column | lower in there else "cast(null as varchar) as ") ~ column) -%}
  {%- endfor -%}
  {{ return("    select " ~ picked | join(", ") ~ ", _state, _load_id, _row_number\n    from " ~ relation ~ " where " ~ in_state()) }}
{% endmacro %}

{# A select from a raw relation that was landed under another major version: all its columns, those that
   the contract declares as renamed under the names that the models read, then what the system's macro
   `<system>__<table>__v<major>(relation)` makes of it, if there is one: a select that keeps all columns
   and adds those that a rename is not enough for.
   A state that was not loaded since the pin moved still has its values under the old names; they are
   taken where the new ones are null. #}
{% macro raw_of_version(relation, version, name) %}
  {%- set landed = {} -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do landed.update({column.name | lower: adapter.quote(column.name)}) -%}
  {%- endfor -%}
  {%- set renames = version['renames'] -%}
  {%- set read = renames.keys() | map('lower') | list -%}
  {%- set given = renames.values() | select | map('lower') | list -%}
  {%- set old = [] -%}
  {%- for column in version['gone'] if column | lower in landed -%}{%- do old.append(column | lower) -%}{%- endfor -%}
  {%- set picked = [] -%}
  {%- for column, quoted in landed.items() if column not in read -%}
    {%- do picked.append(quoted ~ (" as _old_" ~ column if column in old else "")) -%}
  {%- endfor -%}
  {%- for column, other in renames.items() -%}
    {%- set found = [] -%}
    {%- if other and other | lower in landed -%}{%- do found.append(landed[other | lower]) -%}{%- endif -%}
    {%- if other and column | lower in landed and column | lower not in given -%}
      {%- do found.append(landed[column | lower]) -%}
    {%- endif -%}
    {%- if found -%}{%- do picked.append(first_filled(found) ~ " as " ~ column) -%}{%- endif -%}
  {%- endfor -%}
  {%- set rows = "select " ~ picked | join(", ") ~ " from " ~ relation ~ " where " ~ in_state() -%}
  {%- set bring = context.get(name ~ '__v' ~ version['major']) -%}
  {%- set brought = bring("(" ~ rows ~ ") as landed") if bring else rows -%}
  {{ return(raw_with_old(brought, old) if old else brought) }}
{% endmacro %}

{# `rows` with the columns `old`, which stand in it as `_old_<column>`, under their own names. #}
{% macro raw_with_old(rows, old) %}
  {%- set columns = {} -%}
  {%- for column in get_columns_in_query(rows) -%}
    {%- do columns.update({column | lower: adapter.quote(column)}) -%}
  {%- endfor -%}
  {%- set picked = [] -%}
  {%- for column, quoted in columns.items() if column not in old and not column.startswith('_old_') -%}
    {%- do picked.append(quoted) -%}
  {%- endfor -%}
  {%- for column in old -%}
    {%- set found = ([columns[column]] if column in columns else []) + [columns['_old_' ~ column]] -%}
    {%- do picked.append(first_filled(found) ~ " as " ~ column) -%}
  {%- endfor -%}
  {{ return("select " ~ picked | join(", ") ~ " from (" ~ rows ~ ") as of_both") }}
{% endmacro %}

{% macro first_filled(expressions) %}
  {{ return(expressions[0] if expressions | length == 1 else "coalesce(" ~ expressions | join(", ") ~ ")") }}
{% endmacro %}

{% macro raw_nothing(wanted) %}
  {%- set picked = [] -%}
  {%- for column in wanted + ['_state', '_load_id'] -%}
    {%- do picked.append("cast(null as varchar) as " ~ column) -%}
  {%- endfor -%}
  {{ return("    select " ~ picked | join(", ") ~ ", cast(null as bigint) as _row_number where 1 = 0") }}
{% endmacro %}

{# A source heading as its raw column: the same rule as naming.column_name. #}
{% macro raw_column(heading) %}
  {%- set name = modules.re.sub('[^A-Za-z0-9_]+', '_', heading.strip()).strip('_') or 'column' -%}
  {{ return((('c_' if name[0] in '0123456789' else '') ~ name)[:120]) }}
{% endmacro %}
