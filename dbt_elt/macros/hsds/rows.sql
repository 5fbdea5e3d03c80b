{# The rows of an entity as text, out of every table that has such rows: `_table`, `_id`, the entity's
   columns, `_state`, `_load_id`. Older names of a column count where the new one is empty. #}
{% macro hsds_source_rows(system, entity) %}
  {%- set columns = hsds_source_columns(entity).keys() | reject('equalto', 'id') | list -%}
  {%- set parts = [] -%}
  {%- for table, shape in hsds_source_tables(entity).items() -%}
    {%- do parts.append(hsds_source_part(system, entity, table, shape, columns)) -%}
  {%- endfor -%}
  {%- set every = parts | join("\n    union all\n    ") -%}
  {{ return(every if system == 'hsds' else hsds_source_merged(entity, columns, every)) }}
{% endmacro %}

{% macro hsds_source_part(system, entity, table, shape, columns) %}
  {%- set is_api = system != 'hsds' -%}
  {%- set picked = ["'" ~ table ~ "' as _table", (clean_text('id') if not is_api else "id") ~ " as _id"] -%}
  {%- for column in columns -%}
    {%- set found = [] -%}
    {%- for name in [column, shape['older'].get(column)] if name in shape['columns'] -%}
      {%- do found.append(nested_text('o', "'" ~ name ~ "'") if is_api else column_name(name)) -%}
    {%- endfor -%}
    {%- if is_api -%}{%- do found.extend(hsds_source_around(entity, column)) -%}{%- endif -%}
    {%- if column in shape['sets'] -%}{%- do found.append(literal(shape['sets'][column])) -%}{%- endif -%}
    {%- do picked.append(hsds_source_first(found) ~ " as " ~ column_name(column)) -%}
  {%- endfor -%}
  {%- if is_api -%}{%- do picked.extend(['depth', 'parent_id', 'place', 'a']) -%}{%- endif -%}
  {%- if is_api -%}
    {%- set node = "(select n.*, " ~ nested('object') ~ " as o, " ~ nested('around') ~ " as a from " ~ ref('hsds_api__node') ~ " as n where entity = '" ~ table ~ "' and " ~ in_state() ~ ") as n" -%}
  {%- endif -%}
  {{ return("select " ~ picked | join(", ") ~ ", _state, _load_id from " ~ (node if is_api else raw_rows('hsds', table) ~ " as t")) }}
{% endmacro %}

{# What stands around an object says a column too: the object that it is nested in, or the one in it. #}
{% macro hsds_source_around(entity, column) %}
  {%- set kind = hsds_source_columns(entity)[column] -%}
  {%- set found = [] -%}
  {%- if column in hsds_source_single(entity) -%}
    {%- do found.append(nested_text('a', "'" ~ hsds_source_single(entity)[column] ~ "'")) -%}
  {%- endif -%}
  {%- if kind == 'link' -%}{%- do found.append('parent_id') -%}
  {%- elif column in ('link_entity', 'resource_type') -%}{%- do found.append('parent_entity') -%}
  {%- elif kind.startswith('ref:') and column not in ('parent_id', 'parent_organization_id') -%}
    {%- do found.append("case when parent_entity = '" ~ kind[4:] ~ "' then parent_id end") -%}
  {%- endif -%}
  {{ return(found) }}
{% endmacro %}

{# One object may stand in several places: its links are those of all of them, the rest that of the
   outermost, which a list gives in full. #}
{% macro hsds_source_merged(entity, columns, rows) %}
  {%- set picked = ['_table', '_id'] -%}
  {%- for column in columns -%}
    {%- set name = column_name(column) -%}
    {%- set is_link = hsds_source_columns(entity)[column].startswith('ref:') -%}
    {%- do picked.append("max(" ~ clean_text(name) ~ ") over (partition by _table, _id) as " ~ name if is_link else name) -%}
  {%- endfor -%}
  {{ return("select " ~ picked | join(", ") ~ ", a, _state, _load_id from (" ~ rows ~ ") as m"
    ~ " qualify row_number() over (partition by _table, _id order by depth, parent_id nulls first, place) = 1") }}
{% endmacro %}

{% macro hsds_source_first(found) %}
  {%- if not found -%}{{ return("cast(null as varchar)") }}{%- endif -%}
  {%- if found | length == 1 -%}{{ return(found[0]) }}{%- endif -%}
  {%- set filled = [] -%}
  {%- for text in found -%}{%- do filled.append(clean_text(text)) -%}{%- endfor -%}
  {{ return("coalesce(" ~ filled | join(", ") ~ ")") }}
{% endmacro %}
