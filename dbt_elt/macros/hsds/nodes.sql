{# Every object of an API's lists, those nested in others included, a row each: `entity` (the table that it
   is a row of), `id` (made from its place where it has none), `parent_entity`, `parent_id`, `depth`, `place`,
   `object` (its columns that may be published, JSON as text), `around` (ids of the single objects in it).
   What the tenant does not publish is not looked for. `steps`: how deep objects are looked for. #}
{% macro hsds_source_nodes(steps=6) %}
{%- set kept_back = hsds_source_kept_back() -%}
with member as (
  {%- for entity, member, table in hsds_source_members() if kept_back.get(table) != 'all' %}
  {{ "union all " if not loop.first }}select '{{ entity }}' as entity, '{{ member }}' as name, '{{ table }}' as holds
  {%- endfor %}
),

step_0 as (
  {%- for table, listed in hsds_source_lists().items() %}
  {{ "union all" if not loop.first }}
  select
    '{{ table }}' as entity,
    {{ clean_text('id') }} as id,
    cast(null as varchar) as parent_entity,
    cast(null as varchar) as parent_id,
    0 as depth,
    _row_number as place,
    {{ hsds_source_object(listed['columns'], listed['members']) }} as object,
    _state,
    _load_id
  from {{ raw_rows('hsds_api', table) }} as r
  {%- endfor %}
)

{%- for step in range(1, steps + 1) %},

step_{{ step }} as (
  select
    p.holds as entity,
    coalesce({{ clean_text(nested_text('i.item', "'id'")) }}, p.entity || ':' || p.id || ':' || p.name || ':' || i.place) as id,
    p.entity as parent_entity,
    p.id as parent_id,
    {{ step }} as depth,
    i.place,
    i.item as object,
    p._state,
    p._load_id
  from (
    select n.entity, n.id, n._state, n._load_id, m.name, m.holds, {{ nested_get('n.object', 'm.name') }} as held
    from step_{{ step - 1 }} as n
    inner join member as m on m.entity = n.entity
  ) as p
  {{ nested_rows('p.held', 'i') }}
  where {{ nested_is('i.item', 'OBJECT') }}
)
{%- endfor %}

{%- for step in range(0, steps + 1) %}
{{ "union all" if not loop.first }}
select
  entity,
  id,
  parent_entity,
  parent_id,
  depth,
  place,
  case entity
  {%- for table, columns in hsds_source_plain(kept_back).items() %}
    when '{{ table }}' then {{ nested_written(hsds_source_picked(table, columns)) }}
  {%- endfor %}
  end as object,
  {{ nested_written(hsds_source_singles()) }} as around,
  _state,
  _load_id
from step_{{ step }}
where id is not null
{%- endfor %}
{% endmacro %}

{# Table to `all`, or to its columns, that the tenant keeps back. #}
{% macro hsds_source_kept_back() %}
  {%- set found = {} -%}
  {%- if not privacy_choice('publish_contacts') -%}
    {%- do found.update({'contact': 'all', 'service': ['assurer_email']}) -%}
  {%- endif -%}
  {%- if not privacy_choice('publish_identifiers') -%}
    {%- do found.update({'organization_identifier': 'all', 'organization': ['tax_status', 'tax_id']}) -%}
  {%- endif -%}
  {{ return(found) }}
{% endmacro %}

{# Table to the columns that are kept of it. #}
{% macro hsds_source_plain(kept_back) %}
  {%- set found = {'eligibility': ['eligibility']} -%}
  {%- for entity in hsds_source_filled() -%}
    {%- for table, shape in hsds_source_tables(entity).items() if kept_back.get(table) != 'all' -%}
      {%- do found.update({table: shape['columns'] | reject('in', ['id'] + (kept_back.get(table) or [])) | list}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{% macro hsds_source_picked(table, columns) %}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {%- set text = nested_text('object', "'" ~ column ~ "'") -%}
    {%- if table == 'taxonomy_term' and column in ('name', 'term', 'description') and not privacy_choice('publish_taxonomy_names') -%}
      {%- set text = "case when not coalesce(" ~ hsds_source_licensed(nested_text('object', "'code'")) ~ ", false) then " ~ text ~ " end" -%}
    {%- endif -%}
    {%- do parts.append("'" ~ column ~ "', " ~ text) -%}
  {%- endfor -%}
  {{ return(adapter.dispatch('nested_object')(parts | join(", "))) }}
{% endmacro %}

{# The ids of members that hold one object, by member, and eligibility that is plain text. #}
{% macro hsds_source_singles() %}
  {%- set names = [] -%}
  {%- for entity in hsds_source_filled() -%}
    {%- for name in hsds_source_single(entity).values() if name not in names -%}{%- do names.append(name) -%}{%- endfor -%}
  {%- endfor -%}
  {%- set parts = [] -%}
  {%- for name in names -%}
    {%- do parts.append("'" ~ name ~ "', " ~ nested_text(nested_get('object', "'" ~ name ~ "'"), "'id'")) -%}
  {%- endfor -%}
  {%- do parts.append("'eligibility', case when " ~ nested_is(nested_get('object', "'eligibility'"), 'VARCHAR') ~ " then " ~ nested_text('object', "'eligibility'") ~ " end") -%}
  {{ return(adapter.dispatch('nested_object')(parts | join(", "))) }}
{% endmacro %}

{# Codes like BD-1800.2000 are of the licensed taxonomy of human services: its words need a licence. #}
{% macro hsds_source_licensed(code) %}
  {{ return(re_has("upper(trim(" ~ code ~ "))", '^[A-Z]{1,2}(-[0-9]{4}([.][0-9]{4})?)')) }}
{% endmacro %}

{# A row of a list as one JSON object. A member that is plain text stays text. #}
{% macro hsds_source_object(columns, members) %}
  {%- set parts = [] -%}
  {%- for name in columns if name not in members -%}{%- do parts.append("'" ~ name ~ "', " ~ column_name(name)) -%}{%- endfor -%}
  {%- for name in members -%}
    {%- do parts.append("'" ~ name ~ "', coalesce(" ~ nested(column_name(name)) ~ ", " ~ nested_from_text(column_name(name)) ~ ")") -%}
  {%- endfor -%}
  {{ return(adapter.dispatch('nested_object')(parts | join(", "))) }}
{% endmacro %}

{% macro default__nested_object(pairs) %}{{ return("json_object(" ~ pairs ~ ")") }}{% endmacro %}
{% macro snowflake__nested_object(pairs) %}{{ return("cast(object_construct(" ~ pairs ~ ") as variant)") }}{% endmacro %}

{# A text as a JSON string. #}
{% macro nested_from_text(text) %}{{ return(adapter.dispatch('nested_from_text')(text)) }}{% endmacro %}
{% macro default__nested_from_text(text) %}{{ return("to_json(" ~ text ~ ")") }}{% endmacro %}
{% macro snowflake__nested_from_text(text) %}{{ return("to_variant(" ~ text ~ ")") }}{% endmacro %}

{# A JSON value as its text. #}
{% macro nested_written(value) %}{{ return(adapter.dispatch('nested_written')(value)) }}{% endmacro %}
{% macro default__nested_written(value) %}{{ return("cast(" ~ value ~ " as varchar)") }}{% endmacro %}
{% macro snowflake__nested_written(value) %}{{ return("to_json(" ~ value ~ ")") }}{% endmacro %}
