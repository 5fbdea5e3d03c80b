{# Reading 'Mon 08:00 - 16:00', 'Mon 10:00am - 5:30pm', 'Mon 24/7' and 'Mon'. #}

{# One spelling for each thing: lower case, am and pm without dots, noon, midnight, a plain dash. #}
{% macro icarol__hours_words(text) %}
  {%- set sql = namespace(it="lower(" ~ text ~ ")") -%}
  {%- for pattern, by in [
    ('–|—| to ', '-'), (' *a[.]?m[.]?', 'am'), (' *p[.]?m[.]?', 'pm'), ('(12 *)?noon', '12pm'),
    ('(12 *)?midnight', '12am'), ('(open )?24 hours', '24/7'), ('[[:space:]]+', ' '),
  ] -%}
    {%- set sql.it = re_replace(sql.it, pattern, by) -%}
  {%- endfor -%}
  {{ return("trim(" ~ sql.it ~ ")") }}
{% endmacro %}

{% macro icarol__day_pattern() %}{{ return('^(mon|tue|wed|thu|fri|sat|sun)(day|s|sday|nesday|rs|rsday|urday)?[.,:]*([ ]|$)') }}{% endmacro %}

{# Groups: hour 1, minute 3, half 4; hour 5, minute 7, half 8. #}
{% macro icarol__span_pattern() %}{{ return('^([0-9]{1,2})(:([0-9]{2}))?(am|pm)? *- *([0-9]{1,2})(:([0-9]{2}))?(am|pm)?$') }}{% endmacro %}

{% macro icarol__clock_text(minutes) %}
  {{ return("lpad(cast(floor(" ~ minutes ~ " / 60) as integer)::varchar, 2, '0') || ':' || lpad((" ~ minutes ~ " % 60)::varchar, 2, '0')") }}
{% endmacro %}
