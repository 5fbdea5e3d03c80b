{# The rows of one table of a system, over all the tenant's sources of that system, for the run's
   state: `from {{ raw_rows('icarol', 'resource') }} as r`. Columns are those that sources.yml names
   for the table (plus `extra`, where landed) and the load's own; one that was not landed is null. A
   column that is not named there is never read. #}
{% macro raw_rows(system, table, extra=[]) %}
  {%- set registered = source(system, table) -%}
  {%- if not execute -%}{{ return(registered) }}{%- endif -%}
  {%- set node = graph.sources.values() | selectattr('source_name', 'equalto', system)
      | selectattr('name', 'equalto', table) | first -%}
  {%- set wanted = node.columns.keys() | list + extra -%}
  {%- set parts = [] -%}
  {%- for name in (var('sources', none) or {}).get(system, [system]) -%}
    {%- set relation = adapter.get_relation(registered.database, registered.schema, name ~ '_' ~ table) -%}
    {%- if relation is not none -%}
      {%- do parts.append(raw_part(relation, wanted)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not parts -%}{%- do parts.append(raw_nothing(wanted)) -%}{%- endif -%}
  {{ return("(" ~ parts | join("\n    union all\n") ~ "\n)") }}
{% endmacro %}

{% macro raw_part(relation, wanted) %}
  {%- set landed = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
  {%- set picked = [] -%}
  {%- for column in wanted -%}
    {%- do picked.append(("" if column | lower in landed else "cast(null as varchar) as ") ~ column) -%}
  {%- endfor -%}
  {{ return("    select " ~ picked | join(", ") ~ ", _state, _load_id, _row_number\n    from " ~ relation ~ " where " ~ in_state()) }}
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
