{# Which phone, web address and hours a search record shows. #}

{# What a phone is for. A voice line that says nothing is a main line. Fax and text lines have no kind
   and are never shown.
     said          its type, description and slot in the source, in lower case
     description   a line described as voice *and* fax is a voice line #}
{% macro phone_kind(said, description) %}
  {%- set kinds = [
    ('hotline', 'hotline|hot line|crisis|helpline|help line'),
    ('tollfree', 'toll[ _-]?free'),
    ('afterhours', 'after[ _-]?hours|evening|weekend'),
    ('business', 'business|administrat|office line'),
    ('other', '(^| )(sms|text|cell|pager|video)|out ?of ?area|voice ?mail'),
  ] -%}
  case
    when {{ re_has(said, '(^|[^a-z])(fax|phonefax|tty|tdd|phonetty|textphone)([^a-z]|$)') }}
      and not {{ re_has("lower(coalesce(" ~ description ~ ", ''))", 'voice|phone') }} then null
    {%- for kind, words in kinds %}
    when {{ re_has(said, words) }} then '{{ kind }}'
    {%- endfor %}
    else 'main'
  end
{%- endmacro %}

{# Place of a value in a list, from 1; null if it is not in it. #}
{% macro place_in(value, wanted) %}
  {%- if not wanted -%}{{ return("cast(null as integer)") }}{%- endif -%}
  {%- set branches = [] -%}
  {%- for name in wanted -%}
    {%- do branches.append("when " ~ literal(name) ~ " then " ~ loop.index) -%}
  {%- endfor -%}
  {{ return("case " ~ value ~ " " ~ branches | join(" ") ~ " end") }}
{% endmacro %}

{# Where a record looks for something, best first, as columns of `r`: only what `wanted` names. #}
{% macro first_of(wanted, expressions) %}
  {%- set found = [] -%}
  {%- for name in wanted -%}{%- do found.append(expressions[name]) -%}{%- endfor -%}
  {{ return("coalesce(" ~ (found + ["null", "null"]) | join(", ") ~ ")") }}
{% endmacro %}

{# How a search record is called. A missing or equal second part is left out. #}
{% macro display_name(choice, service, location, organization) %}
  {%- if choice == 'service' -%}{{ return(service) }}{%- endif -%}
  {%- set second, word = (location, ' at ') if choice == 'service_at_location' else (organization, ' by ') -%}
  {{ return("case when " ~ second ~ " is null or lower(" ~ second ~ ") = lower(" ~ service ~ ") then " ~ service
    ~ " else " ~ service ~ " || '" ~ word ~ "' || " ~ second ~ " end") }}
{% endmacro %}

{# One row of a schedule in words: its own text, else `Mon, Tue 08:00-16:00`. #}
{% macro hours_text(row) %}
  {%- set days = namespace(sql=row ~ ".byday") -%}
  {%- for code, name in [('MO', 'Mon'), ('TU', 'Tue'), ('WE', 'Wed'), ('TH', 'Thu'), ('FR', 'Fri'), ('SA', 'Sat'), ('SU', 'Sun')] -%}
    {%- set days.sql = "replace(" ~ days.sql ~ ", '" ~ code ~ "', '" ~ name ~ "')" -%}
  {%- endfor -%}
  {{ return(stage_texts([
    "replace(" ~ days.sql ~ ", ',', ', ')",
    "'day ' || " ~ row ~ ".bymonthday",
    row ~ ".opens_at || coalesce('-' || " ~ row ~ ".closes_at, '')",
  ])) }}
{% endmacro %}
