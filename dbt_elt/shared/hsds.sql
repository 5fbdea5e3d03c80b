{# A shared HSDS model: the union of what the tenant's systems give for it, cast to the types of the
   model's own contract, without orphans and without double ids.
     required   {column: entity}: rows whose parent is not there are dropped
     optional   {column: entity}: the same, where the column is filled
     fallback   {column: column}: the text to take where a required text is empty #}
{% macro hsds_entity(required={}, optional={}, fallback={}) %}
  {%- set kept = [] -%}
  {%- for column, parent in required.items() -%}
    {%- do kept.append(column ~ " in (select id from " ~ ref(parent) ~ " where " ~ in_state() ~ ")") -%}
  {%- endfor -%}
  {%- for column, parent in optional.items() -%}
    {%- do kept.append("(" ~ column ~ " is null or " ~ column ~ " in (select id from " ~ ref(parent) ~ " where " ~ in_state() ~ "))") -%}
  {%- endfor -%}
  with everything as (
    {{ union_systems(model.name, fallback) }}
  )
  select *
  from everything
  {{ "where " ~ kept | join("\n    and ") if kept }}
  {{ one_per_id() }}
{% endmacro %}

{# As hsds_entity, for rows that hang on one of several entities by (id, name of the entity). #}
{% macro hsds_annotation(link, entity, targets, required={}, key='id') %}
  {%- set kept = [] -%}
  {%- for target_entity in targets -%}
    {%- do kept.append("(" ~ entity ~ " = '" ~ target_entity ~ "' and " ~ link ~ " in (select id from " ~ ref(target_entity) ~ " where " ~ in_state() ~ "))") -%}
  {%- endfor -%}
  with everything as (
    {{ union_systems(model.name) }}
  )
  select *
  from everything
  where ({{ kept | join("\n    or ") }})
  {%- for column, parent in required.items() %}
    and {{ column }} in (select id from {{ ref(parent) }} where {{ in_state() }})
  {%- endfor %}
  {{ one_per_id(key) }}
{% endmacro %}

{% macro one_per_id(key='id') %}
  qualify row_number() over (
    partition by {{ key }}
    order by _system, _source_table, _source_id, _load_id
  ) = 1
{%- endmacro %}

{# The rows of `<system>__<entity>` of each of the tenant's systems that has such a model. At parse
   time all of them are referred to; at execution only the tenant's, so that dbt compiles no other. #}
{% macro union_systems(entity, fallback={}) %}
  {%- set parts = [] -%}
  {%- for system in systems_with(entity) -%}
    {%- if not execute or system in systems() -%}
      {%- do parts.append("select " ~ typed_columns(fallback) ~ "\n    from " ~ ref(system ~ '__' ~ entity)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not parts -%}{%- do parts.append("select " ~ untyped_nulls() ~ " where 1 = 0") -%}{%- endif -%}
  {{ return(parts | join("\n    union all\n    ")) }}
{% endmacro %}

{# Each system says in a macro `<system>__entities` which entities it has models for. #}
{% macro systems_with(entity) %}
  {%- set found = [] -%}
  {%- for name in context.keys() | list | sort -%}
    {%- if name.endswith('__entities') and entity in context[name]() -%}
      {%- do found.append(name[:-10]) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{% macro typed_columns(fallback={}) %}
  {%- set columns = [] -%}
  {%- for column in model.columns.values() -%}
    {%- set text = column_name(column.name) -%}
    {%- if column.name in fallback -%}
      {%- set text = "coalesce(nullif(" ~ text ~ ", ''), " ~ column_name(fallback[column.name]) ~ ")" -%}
    {%- endif -%}
    {%- do columns.append(typed(text, column.data_type) ~ " as " ~ column_name(column.name)) -%}
  {%- endfor -%}
  {{ return(columns | join(",\n      ") or "*") }}
{% endmacro %}

{% macro typed(expression, data_type) %}
  {{ return("cast(" ~ expression ~ " as " ~ data_type ~ ")" if data_type == 'varchar' else try_cast(expression, data_type)) }}
{% endmacro %}

{% macro untyped_nulls() %}
  {%- set columns = [] -%}
  {%- for column in model.columns.values() -%}
    {%- do columns.append("cast(null as " ~ column.data_type ~ ") as " ~ column_name(column.name)) -%}
  {%- endfor -%}
  {{ return(columns | join(", ") or "1 as id") }}
{% endmacro %}

{# A column of the model as an identifier: `interval` and the like are words of the warehouse's own. #}
{% macro column_name(name) %}{{ return(adapter.dispatch('column_name')(name)) }}{% endmacro %}
{% macro default__column_name(name) %}{{ return('"' ~ name ~ '"') }}{% endmacro %}
{% macro snowflake__column_name(name) %}{{ return('"' ~ name | upper ~ '"') }}{% endmacro %}
