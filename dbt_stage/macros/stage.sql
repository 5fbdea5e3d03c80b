{# A table of the HSDS model as dbt_elt left it, the run's state alone: `from {{ elt('phone') }} as e`. #}
{% macro elt(entity) %}
  {{ return("(select * from " ~ source('elt', entity) ~ " where " ~ in_state() ~ ")") }}
{% endmacro %}

{# The published rows of an entity in the run's state. #}
{% macro published(entity) %}
  {{ return("(select * from " ~ ref(entity) ~ " where " ~ in_state() ~ ")") }}
{% endmacro %}

{% macro ids_of(rows, column='id') %}
  {{ return("(select " ~ column ~ " from " ~ rows ~ " as ids where " ~ column ~ " is not null)") }}
{% endmacro %}

{# The columns of the model's own contract, from the alias `e`; `by` gives another expression for some. #}
{% macro stage_columns(by={}) %}
  {%- set columns = [] -%}
  {%- for column in model.columns.values() -%}
    {%- do columns.append(by.get(column.name, "e." ~ column.name) ~ " as " ~ column.name) -%}
  {%- endfor -%}
  {{ return(columns | join(",\n  ") or "e.*") }}
{% endmacro %}

{# A child entity: its rows whose parents are all published. A row that names a parent which a gate
   took away goes with it, whatever other parents it has.
     parents   {column: entity}; a column that is empty asks for nothing #}
{% macro stage_child(parents) %}
  select
  {{ stage_columns() }}
  from {{ elt(model.name) }} as e
  where 1 = 1
  {%- for column, parent in parents.items() %}
    and (e.{{ column }} is null or e.{{ column }} in {{ ids_of(published(parent)) }})
  {%- endfor %}
{% endmacro %}

{# A row that hangs on any published entity by (id, name of the entity). #}
{% macro hangs_on_published(link, entity, targets) %}
  {%- set either = [] -%}
  {%- for target_entity in targets -%}
    {%- do either.append("(e." ~ entity ~ " = '" ~ target_entity ~ "' and e." ~ link ~ " in " ~ ids_of(published(target_entity)) ~ ")") -%}
  {%- endfor -%}
  {{ return("(" ~ either | join("\n    or ") ~ ")") }}
{% endmacro %}

{# `case key when 'a' then 'b' ... else fallback end` from a mapping; the fallback alone if it is empty. #}
{% macro case_of(key, mapping, fallback) %}
  {%- if not mapping -%}{{ return(fallback) }}{%- endif -%}
  {%- set branches = [] -%}
  {%- for value, text in mapping.items() -%}
    {%- do branches.append("when " ~ literal(value) ~ " then " ~ literal(text)) -%}
  {%- endfor -%}
  {{ return("case " ~ key ~ " " ~ branches | join(" ") ~ " else " ~ fallback ~ " end") }}
{% endmacro %}

{# Texts that are not empty, in order, with a sign between them. #}
{% macro stage_texts(expressions, between="' '") %}
  {%- set parts = [] -%}
  {%- for expression in expressions -%}
    {%- do parts.append("coalesce(" ~ between ~ " || nullif(" ~ expression ~ ", ''), '')") -%}
  {%- endfor -%}
  {{ return("nullif(substr(" ~ parts | join(" || ") ~ ", " ~ (between | length - 1) ~ "), '')") }}
{% endmacro %}

{# The distinct texts of each owner as one text: `owner, texts`, in the order of the texts.
     rows   a query of `owner, part` #}
{% macro stage_list(rows) %}
  select owner, {{ dbt.listagg('part', "'; '", 'order by part') }} as texts
  from (select distinct owner, part from ({{ rows }}) as parts where part is not null and part <> '') as once
  group by owner
{% endmacro %}
