{# Reading the API's nested values. #}

{# A column that holds text, a list of texts, or an object with the text in one of `keys`. What an object
   declares confidential is not there. #}
{% macro icarol_api__text(column, keys=['text', 'note', 'description', 'value']) %}
  {%- set value = nested(column) -%}
  {%- set members = [] -%}
  {%- for key in keys -%}{%- do members.append(nested_text(value, literal(key))) -%}{%- endfor -%}
  {{ return("case when " ~ nested_is(value, 'OBJECT') ~ " then case when " ~ icarol_api__hides(nested_text(value, "'isConfidential'"))
    ~ " then null else coalesce(" ~ members | join(", ") ~ ", null) end when " ~ nested_is(value, 'ARRAY') ~ " then "
    ~ nested_joined(value, '; ') ~ " else " ~ column ~ " end") }}
{% endmacro %}

{# A field of an entry of contactDetails: it stands in `contact`, or beside it. #}
{% macro icarol_api__field(name) %}
  {{ return("coalesce(" ~ nested_text('contact', literal(name)) ~ ", " ~ nested_text('entry', literal(name)) ~ ")") }}
{% endmacro %}

{# Whether a flag withholds. What is there and is no boolean does, too. #}
{% macro icarol_api__hides(flag) %}
  {{ return("coalesce(" ~ parse_bool(flag) ~ ", coalesce(trim(" ~ flag ~ "), '') <> '')") }}
{% endmacro %}

{# Yes, No, or null where nothing says so; a yes at any level is a yes. #}
{% macro icarol_api__any_yes(flags) %}
  {%- set yes, no = [], [] -%}
  {%- for flag in flags -%}
    {%- do yes.append(icarol_api__hides(flag)) -%}
    {%- do no.append("coalesce(not " ~ "(" ~ parse_bool(flag) ~ "), false)") -%}
  {%- endfor -%}
  {{ return("case when " ~ yes | join(" or ") ~ " then 'Yes' when " ~ no | join(" or ") ~ " then 'No' end") }}
{% endmacro %}

{# Stamps without fractions and zone, which the CSV export does not have either. #}
{% macro icarol_api__stamp(text) %}
  {{ return(re_replace(re_replace("trim(" ~ text ~ ")", '(Z|[+-][0-9][0-9]:?[0-9][0-9])$', ''), '[.][0-9]+$', '')) }}
{% endmacro %}

{# Time of day as the CSV export writes it: 700 is 7:00. #}
{% macro icarol_api__clock(text) %}
  {{ return("case when " ~ re_has(text, '^[0-9]{3,4}$') ~ " then substr(" ~ text ~ ", 1, length(" ~ text ~ ") - 2) || ':' || substr("
    ~ text ~ ", length(" ~ text ~ ") - 1) else " ~ text ~ " end") }}
{% endmacro %}

{# Semicolons part the items of a list, so an item has none. #}
{% macro icarol_api__item(text) %}{{ return("nullif(trim(replace(" ~ text ~ ", ';', ',')), '')") }}{% endmacro %}

{# One member of an object; null where the column holds none. #}
{% macro icarol_api__member(column, key) %}
  {{ return("case when " ~ nested_is(nested(column), 'OBJECT') ~ " then " ~ nested_text(nested(column), literal(key)) ~ " end") }}
{% endmacro %}

{# What a record is, in the CSV export's words. Lists say ServiceSite for what details call ProgramAtSite. #}
{% macro icarol_api__level(text) %}
  {%- set word = "lower(replace(trim(" ~ text ~ "), ' ', ''))" -%}
  {{ return("case when " ~ word ~ " in ('servicesite', 'programatsite') then 'ProgramAtSite' else trim(" ~ text ~ ") end") }}
{% endmacro %}

{% macro icarol_api__status(text) %}
  {{ return("case when " ~ re_has("lower(" ~ text ~ ")", '^active.*not *refer') ~ " then 'Active, but do not refer' else trim(" ~ text ~ ") end") }}
{% endmacro %}

{# An area as the CSV export names it: `MD - Garrett County`, by its narrowest part. #}
{% macro icarol_api__area() %}
  {{ return("coalesce(stateProvince || ' - ' || coalesce(zipPostalCode, city, county), zipPostalCode, city, county, stateProvince, country)") }}
{% endmacro %}
