{# Reading what producers make of the schema: lists that are lone values, flags as attributes or as
   elements, words where a flag belongs. Values are JSON as the reader of XML writes it: attributes under
   `@name`, text beside attributes under `#text`, what stands there several times as an array. #}

{# A row for each item of a list, and one for a lone value: `from t {{ airs_items('t.j', 'i') }}` gives
   `i.item` (JSON) and `i.place` (from 1). #}
{% macro airs_items(value, as) %}{{ return(adapter.dispatch('airs_items')(value, as)) }}{% endmacro %}
{% macro default__airs_items(value, as) %}
  {{ return("cross join lateral (select u.item, u.place from unnest(case when json_type(" ~ value ~ ") = 'ARRAY' then json_extract("
    ~ value ~ ", '$[*]') when json_type(" ~ value ~ ") <> 'NULL' then [" ~ value ~ "] end) with ordinality as u(item, place)) as " ~ as) }}
{% endmacro %}
{% macro snowflake__airs_items(value, as) %}
  {{ return("cross join lateral (select u.value as item, u.index + 1 as place from table(flatten(input => iff(is_array(" ~ value
    ~ "), " ~ value ~ ", iff(" ~ value ~ " is null or is_null_value(" ~ value ~ "), null, array_construct(" ~ value ~ "))))) as u) as " ~ as) }}
{% endmacro %}

{# The text of a JSON value: of an element with attributes its own, of several the first. #}
{% macro airs_value(value) %}{{ return(adapter.dispatch('airs_value')(value)) }}{% endmacro %}
{% macro default__airs_value(value) %}
  {{ return("(case json_type(" ~ value ~ ") when 'OBJECT' then " ~ value ~ " ->> '$.\"#text\"' when 'ARRAY' then case json_type(" ~ value
    ~ " -> 0) when 'OBJECT' then " ~ value ~ " ->> '$[0].\"#text\"' else " ~ value ~ " ->> 0 end else " ~ value ~ " ->> '$' end)") }}
{% endmacro %}
{% macro snowflake__airs_value(value) %}
  {%- set first = "iff(is_array(" ~ value ~ "), get(" ~ value ~ ", 0), " ~ value ~ ")" -%}
  {{ return("cast(iff(is_object(" ~ first ~ "), get(" ~ first ~ ", '#text'), " ~ first ~ ") as varchar)") }}
{% endmacro %}

{# The text of the child `name`. #}
{% macro airs_text(value, name) %}{{ return(airs_value(nested_get(value, literal(name)))) }}{% endmacro %}

{# An attribute, or the child of that name where a producer wrote one. #}
{% macro airs_mark(value, name) %}
  {{ return("coalesce(" ~ nested_text(value, literal('@' ~ name)) ~ ", " ~ airs_text(value, name) ~ ")") }}
{% endmacro %}

{# The first item of a list. #}
{% macro airs_first(value) %}{{ return(nested_get(value, 0)) }}{% endmacro %}

{# Whether a flag that hides is set. A word that nobody knows hides. #}
{% macro airs_set(flag) %}
  {{ return("coalesce(" ~ parse_bool(flag) ~ ", " ~ clean_text(flag) ~ " is not null)") }}
{% endmacro %}

{# Whether a flag that allows is taken back. A word that nobody knows takes back. #}
{% macro airs_refused(flag) %}
  {{ return("not coalesce(" ~ parse_bool(flag) ~ ", " ~ clean_text(flag) ~ " is null)") }}
{% endmacro %}

{# Whether an address or a phone is confidential. The schema demands the flag; where it is missing the
   tenant's choice holds. A reason for withholding is one. #}
{% macro airs_withheld(item, choice) %}
  {%- set unflagged = 'true' if privacy_choice(choice) == 'private' else 'false' -%}
  {%- set flag = airs_mark(item, 'Confidential') -%}
  {{ return("(coalesce(" ~ parse_bool(flag) ~ ", " ~ clean_text(flag) ~ " is not null or " ~ unflagged ~ ") or "
    ~ clean_text(airs_text(item, 'ReasonWithheld')) ~ " is not null)") }}
{% endmacro %}

{# Whether a record is stamped as deleted. A stamp without the flag is one; a day to come counts, too. #}
{% macro airs_deleted() %}
  {{ return("coalesce(" ~ parse_bool('DeleteStamp') ~ ", coalesce(" ~ clean_text('DeleteStamp') ~ ", " ~ clean_text('deleteEffective')
    ~ ", " ~ clean_text('deleteOccurredDate') ~ ") is not null)") }}
{% endmacro %}

{# Flags that agencies and sites have. Blank status is active; a status that nobody knows hides. #}
{% macro airs_record_shown() %}
  {{ return("not " ~ airs_deleted() ~ " and coalesce(lower(" ~ clean_text('Status') ~ "), 'active') = 'active' and not "
    ~ airs_set('ExcludeFromWebsite') ~ " and not " ~ airs_set('ExcludeFromDirectory') ~ " and not "
    ~ airs_refused(nested_text(airs_first('info'), "'@AvailableForDirectory'"))) }}
{% endmacro %}

{# The day of xs:date or xs:dateTime, whatever zone it names, or of another spelling. #}
{% macro airs_date(text) %}
  {{ return(parse_date("coalesce(" ~ re_find("trim(" ~ text ~ ")", '^[0-9]{4}-[0-9]{2}-[0-9]{2}') ~ ", " ~ text ~ ")")) }}
{% endmacro %}

{# HH:MM of xs:time, or null. #}
{% macro airs_time(text) %}
  {%- set found = re_find("trim(" ~ text ~ ")", '^([01][0-9]|2[0-3]):[0-5][0-9]') -%}
  {{ return("case when " ~ re_has("trim(" ~ text ~ ")", '^24:00(:00)?([.]0+)?(Z|[+-][0-9:]+)?$') ~ " then '23:59' when "
    ~ re_has("trim(" ~ text ~ ")", '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-][0-9:]+)?$') ~ " then " ~ found ~ " end") }}
{% endmacro %}

{# Latitude or longitude: signed text such as +38.9. #}
{% macro airs_degrees(text, limit) %}{{ return(coordinate("translate(" ~ text ~ ", '+| ', '')", limit)) }}{% endmacro %}

{# Names that are not confidential, of one AKA list, joined: a select of (owner, names) from `rows`. #}
{% macro airs_other_names(rows, owner) %}
  select owner, {{ dbt.listagg('name', "'; '", 'order by place') }} as names
  from (
    select r.{{ owner }} as owner, {{ plain_text(airs_text('i.item', 'Name')) }} as name, i.place
    from {{ rows }} as r
    {{ airs_items('r.aka', 'i') }}
    where not {{ airs_set(airs_mark('i.item', 'Confidential')) }}
  ) as named
  where name is not null
  group by owner
{% endmacro %}

{# A list's texts as one, in their order: a select of (owner, texts) from `rows`. #}
{% macro airs_joined(rows, owner, columns, text, separator) %}
  select owner, {{ dbt.listagg('said', literal(separator), 'order by column_place, place') }} as texts
  from (
    {%- for column in columns %}
    select r.{{ owner }} as owner, {{ text }} as said, {{ loop.index }} as column_place, i.place
    from {{ rows }} as r
    {{ airs_items('r.' ~ column, 'i') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
  ) as items
  where said is not null
  group by owner
{% endmacro %}
