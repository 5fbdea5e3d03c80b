{# What the models of WellSky and of VisionLink share: rows of an entity, nested JSON, option lists. #}

{# The columns of an HSDS entity in the order of its contract, then the record's origin. `values` maps
   a column to a SQL expression; columns that are not named are null, unknown ones are an error.
   The row's id comes from (system, table, source_id); `source_id` is a SQL expression. #}
{% macro entity_row(entity, system, table, source_id, values) %}
  {%- if not execute -%}{{ return("1 as id") }}{%- endif -%}
  {%- set given = dict(
      {'id': hsds_id(system, table, source_id), '_tenant': literal(tenant()), '_state': '_state',
       '_system': literal(system), '_source_table': literal(table), '_source_id': source_id,
       '_load_id': '_load_id'},
      **values) -%}
  {%- set columns = graph.nodes['model.dbt_elt.' ~ entity].columns.keys() | list -%}
  {%- for name in given if name not in columns -%}
    {{ exceptions.raise_compiler_error(entity ~ " has no column " ~ name ~ "; it has " ~ columns | join(', ')) }}
  {%- endfor -%}
  {%- set picked = [] -%}
  {%- for name in columns -%}
    {%- do picked.append(given.get(name, "cast(null as varchar)") ~ " as " ~ column_name(name)) -%}
  {%- endfor -%}
  {{ return(picked | join(",\n    ")) }}
{% endmacro %}

{# A cell's text as a JSON value; null when it is none. #}
{% macro nested(text) %}{{ return(adapter.dispatch('nested')(text)) }}{% endmacro %}
{% macro default__nested(text) %}{{ return("try_cast(" ~ text ~ " as json)") }}{% endmacro %}
{% macro snowflake__nested(text) %}{{ return("try_parse_json(" ~ text ~ ")") }}{% endmacro %}

{# The member `key` (a SQL expression: text for an object, a number from 0 for an array) as JSON. #}
{% macro nested_get(value, key) %}{{ return(adapter.dispatch('nested_get')(value, key)) }}{% endmacro %}
{% macro default__nested_get(value, key) %}{{ return("(" ~ value ~ " -> " ~ key ~ ")") }}{% endmacro %}
{% macro snowflake__nested_get(value, key) %}{{ return("get(" ~ value ~ ", " ~ key ~ ")") }}{% endmacro %}

{# The same as text. A JSON null is null. #}
{% macro nested_text(value, key) %}{{ return(adapter.dispatch('nested_text')(value, key)) }}{% endmacro %}
{% macro default__nested_text(value, key) %}{{ return("(" ~ value ~ " ->> " ~ key ~ ")") }}{% endmacro %}
{% macro snowflake__nested_text(value, key) %}{{ return("cast(get(" ~ value ~ ", " ~ key ~ ") as varchar)") }}{% endmacro %}

{# A JSON scalar as text. #}
{% macro scalar_text(value) %}{{ return(adapter.dispatch('scalar_text')(value)) }}{% endmacro %}
{% macro default__scalar_text(value) %}{{ return("(" ~ value ~ " ->> '$')") }}{% endmacro %}
{% macro snowflake__scalar_text(value) %}{{ return("cast(" ~ value ~ " as varchar)") }}{% endmacro %}

{# Whether a JSON value is an OBJECT, ARRAY or VARCHAR. #}
{% macro nested_is(value, type) %}{{ return(adapter.dispatch('nested_is')(value, type)) }}{% endmacro %}
{% macro default__nested_is(value, type) %}{{ return("coalesce(json_type(" ~ value ~ ") = '" ~ type ~ "', false)") }}{% endmacro %}
{% macro snowflake__nested_is(value, type) %}{{ return("coalesce(typeof(" ~ value ~ ") = '" ~ type ~ "', false)") }}{% endmacro %}

{# The scalars of an array as one text; null where there is no array. #}
{% macro nested_joined(value, separator) %}{{ return(adapter.dispatch('nested_joined')(value, separator)) }}{% endmacro %}
{% macro default__nested_joined(value, separator) %}
  {{ return("nullif(array_to_string(json_extract_string(" ~ value ~ ", '$[*]'), " ~ literal(separator) ~ "), '')") }}
{% endmacro %}
{% macro snowflake__nested_joined(value, separator) %}
  {{ return("nullif(iff(is_array(" ~ value ~ "), array_to_string(" ~ value ~ ", " ~ literal(separator) ~ "), null), '')") }}
{% endmacro %}

{# A row for each item of an array, and one for a lone object: `from t {{ nested_rows('t.j', 'i') }}`
   gives `i.item` (JSON) and `i.place` (from 1, the array's order). #}
{% macro nested_rows(value, as) %}{{ return(adapter.dispatch('nested_rows')(value, as)) }}{% endmacro %}
{% macro default__nested_rows(value, as) %}
  {{ return("cross join lateral (select u.item, u.place from unnest(case when json_type(" ~ value ~ ") = 'OBJECT' then [" ~ value
    ~ "] else json_extract(" ~ value ~ ", '$[*]') end) with ordinality as u(item, place)) as " ~ as) }}
{% endmacro %}
{% macro snowflake__nested_rows(value, as) %}
  {{ return("cross join lateral (select u.value as item, u.index + 1 as place from table(flatten(input => iff(is_object(" ~ value
    ~ "), array_construct(" ~ value ~ "), iff(is_array(" ~ value ~ "), " ~ value ~ ", null)))) as u) as " ~ as) }}
{% endmacro %}

{# An option cell, `["Spanish"]` or plain `Spanish,English`, as a JSON array of texts. #}
{% macro option_list(text) %}{{ return(adapter.dispatch('option_list')(text)) }}{% endmacro %}
{% macro default__option_list(text) %}
  {{ return("case when json_type(try_cast(" ~ text ~ " as json)) = 'ARRAY' then cast(" ~ text
    ~ " as json) else to_json(string_split(" ~ text ~ ", ',')) end") }}
{% endmacro %}
{% macro snowflake__option_list(text) %}
  {{ return("iff(is_array(try_parse_json(" ~ text ~ ")), try_parse_json(" ~ text ~ "), to_variant(split(" ~ text ~ ", ',')))") }}
{% endmacro %}

{# Latitude or longitude: a number within the limit. 0 is the vendors' "unknown". #}
{% macro coordinate(text, limit) %}
  {%- set number = parse_number(text) -%}
  {{ return("case when abs(" ~ number ~ ") between 0.000001 and " ~ limit ~ " then " ~ number ~ " end") }}
{% endmacro %}

{# ISO 3166-1 alpha-2 of a country as it is written; the United States where it is not. #}
{% macro country_code(text) %}
  {%- set known = "upper(replace(trim(" ~ text ~ "), '.', ''))" -%}
  {{ return("case when " ~ text ~ " is null or " ~ known ~ " in ('USA', 'UNITED STATES', 'UNITED STATES OF AMERICA') then 'US' when "
    ~ known ~ " in ('CAN', 'CANADA') then 'CA' when " ~ known ~ " in ('MEX', 'MEXICO') then 'MX' else " ~ known ~ " end") }}
{% endmacro %}
