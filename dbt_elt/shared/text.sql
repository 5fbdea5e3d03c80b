{# Text as the vendors write it, made clean. All take and give SQL expressions. Patterns are RE2 and
   Snowflake alike: classes instead of backslashes. #}

{# Trimmed, vertical tabs and page feeds as line breaks, hard spaces as spaces; null when empty. #}
{% macro clean_text(text) %}
  {{ return("nullif(trim(translate(" ~ text ~ ", chr(11) || chr(12) || chr(160) || chr(13), chr(10) || chr(10) || ' '), ' ' || chr(9) || chr(10)), '')") }}
{% endmacro %}

{# clean_text on one line and without markup, for names. #}
{% macro plain_text(text) %}
  {%- set bare = re_replace(text, '</?[A-Za-z][^>]*>', ' ') -%}
  {%- set decoded = namespace(sql=bare) -%}
  {%- for entity, sign in [('&nbsp;', ' '), ('&quot;', '"'), ('&#39;', "'"), ('&lt;', '<'), ('&gt;', '>'), ('&amp;', '&')] -%}
    {%- set decoded.sql = "replace(" ~ decoded.sql ~ ", " ~ literal(entity) ~ ", " ~ literal(sign) ~ ")" -%}
  {%- endfor -%}
  {{ return("nullif(trim(" ~ re_replace("translate(" ~ decoded.sql ~ ", chr(11) || chr(160), '  ')", '[[:space:]]+', ' ') ~ "), '')") }}
{% endmacro %}

{# clean_text that may keep HTML, but nothing that runs. #}
{% macro rich_text(text) %}
  {{ return(clean_text(adapter.dispatch('without_scripts')(text))) }}
{% endmacro %}

{% macro default__without_scripts(text) %}
  {{ return("regexp_replace(" ~ text ~ ", '(?is)<(script|style|iframe)[^>]*>.*?</(script|style|iframe)[[:space:]]*>', '', 'g')") }}
{% endmacro %}

{# Snowflake's patterns have no lazy repeats: what stands between the marks is spelled out as anything
   that does not close. What is left after that is taken away from the first mark to the last. #}
{% macro snowflake__without_scripts(text) %}
  {%- set inside = [] -%}
  {%- for word in ['script', 'style', 'iframe'] -%}
    {%- for place in range(word | length) if not (place == 0 and word != 'script') and word[:place + 1] != 's' -%}
      {%- set others = 'si' if place == 0 else ('ct' if word[:place] == 's' else word[place]) -%}
      {%- do inside.append(word[:place] ~ "[^" ~ others ~ "<]") -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set closing = "<*</(script|style|iframe)[[:space:]]*>" -%}
  {%- set spelled = "<(script|style|iframe)[^>]*>([^<]|<+[^/<]|<+/([^si<]|" ~ inside | unique | join("|") ~ "))*" ~ closing -%}
  {%- set once = "regexp_replace(" ~ text ~ ", " ~ literal(spelled) ~ ", '', 1, 0, 'is')" -%}
  {{ return("regexp_replace(" ~ once ~ ", " ~ literal("<(script|style|iframe)[^>]*>.*" ~ closing) ~ ", '', 1, 0, 'is')") }}
{% endmacro %}

{# null where the cleaned text is one of the vendor's words for nothing (given in lower case). #}
{% macro without(text, words) %}
  {{ return("case when lower(" ~ text ~ ") in " ~ literals(words) ~ " then null else " ~ text ~ " end") }}
{% endmacro %}

{# yes/no, true/false, 1/0, -1 (true); anything else is null. #}
{% macro parse_bool(text) %}
  {{ return("case when lower(trim(" ~ text ~ ")) in ('yes', 'y', 'true', 't', '1', '-1') then true when lower(trim(" ~ text
    ~ ")) in ('no', 'n', 'false', 'f', '0') then false end") }}
{% endmacro %}

{# A number, or null. #}
{% macro parse_number(text) %}{{ return(try_cast("trim(" ~ text ~ ")", 'double')) }}{% endmacro %}

{# A timestamp in any spelling the vendors use, without a zone. 1900 and before is "no date". #}
{% macro parse_timestamp(text) %}{{ return(adapter.dispatch('parse_timestamp')(text)) }}{% endmacro %}

{% macro default__parse_timestamp(text) %}
  {%- set formats = [
    '%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S.%g', '%Y-%m-%dT%H:%M:%S.%g', '%Y-%m-%d %H:%M',
    '%m/%d/%y %H:%M', '%m/%d/%y', '%m/%d/%Y %H:%M', '%m/%d/%Y', '%m/%d/%Y %H:%M:%S',
    '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %I:%M %p', '%Y/%m/%d', '%Y/%m/%d %H:%M:%S',
  ] -%}
  {%- set quoted = [] -%}
  {%- for format in formats -%}{%- do quoted.append(literal(format)) -%}{%- endfor -%}
  {{ return(past_1900("try_strptime(rtrim(trim(" ~ text ~ "), 'Z'), [" ~ quoted | join(', ') ~ "])")) }}
{% endmacro %}

{% macro snowflake__parse_timestamp(text) %}
  {%- set formats = [
    'YYYY-MM-DD HH24:MI:SS', 'YYYY-MM-DD', 'YYYY-MM-DDTHH24:MI:SS', 'YYYY-MM-DD HH24:MI:SS.FF', 'YYYY-MM-DDTHH24:MI:SS.FF', 'YYYY-MM-DD HH24:MI',
    'MM/DD/YY HH24:MI', 'MM/DD/YY', 'MM/DD/YYYY HH24:MI', 'MM/DD/YYYY', 'MM/DD/YYYY HH24:MI:SS',
    'MM/DD/YYYY HH12:MI:SS AM', 'MM/DD/YYYY HH12:MI AM', 'YYYY/MM/DD', 'YYYY/MM/DD HH24:MI:SS',
  ] -%}
  {%- set tries = [] -%}
  {%- for format in formats -%}
    {%- do tries.append("try_to_timestamp_ntz(rtrim(trim(" ~ text ~ "), 'Z'), " ~ literal(format) ~ ")") -%}
  {%- endfor -%}
  {{ return(past_1900("coalesce(" ~ tries | join(', ') ~ ")")) }}
{% endmacro %}

{% macro past_1900(moment) %}
  {{ return("nullif(greatest(" ~ moment ~ ", cast('1900-12-31' as timestamp)), cast('1900-12-31' as timestamp))") }}
{% endmacro %}

{% macro parse_date(text) %}{{ return("cast(" ~ parse_timestamp(text) ~ " as date)") }}{% endmacro %}

{# The first e-mail address of a cell, or null. #}
{% macro clean_email(text) %}
  {{ return(re_find("lower(" ~ text ~ ")", '[a-z0-9._%+-]+@[a-z0-9-]+([.][a-z0-9-]+)*[.][a-z]{2,}')) }}
{% endmacro %}

{# A web address with a scheme, or null: `example.org/a` becomes `http://example.org/a`. #}
{% macro clean_url(text) %}
  {%- set bare = re_find("translate(" ~ text ~ ", chr(9) || chr(10) || chr(13) || ';,', '     ')", '[^ ]+') -%}
  {{ return("case when " ~ re_has("lower(" ~ bare ~ ")", '^https?://[a-z0-9-]+([.][a-z0-9-]+)+([:/?#].*)?$') ~ " then " ~ bare
    ~ " when " ~ re_has("lower(" ~ bare ~ ")", '^[a-z0-9-]+([.][a-z0-9-]+)*[.][a-z]{2,}([:/?#].*)?$') ~ " then 'http://' || " ~ bare ~ " end") }}
{% endmacro %}

{# A phone number without its extension, and the extension as text. #}
{% macro phone_number(text) %}
  {%- set number = clean_text(re_replace(text, phone_extension_pattern(), '')) -%}
  {{ return("case when " ~ re_has(text, '[0-9].*[0-9].*[0-9]') ~ " then " ~ number ~ " end") }}
{% endmacro %}

{% macro phone_extension(text) %}
  {{ return(re_replace(re_find(text, phone_extension_pattern()), '[^0-9]', '')) }}
{% endmacro %}

{# An extension that a number would spoil (a leading zero) is left in the number. #}
{% macro phone_extension_pattern() %}{{ return('[ ,;]*([Ee][Xx][Tt][.]?|[Xx])[ .:]*[1-9][0-9]{0,8}[ ]*$') }}{% endmacro %}

{# All matches replaced; whether there is a match; the first match or null. #}
{% macro re_replace(text, pattern, by) %}{{ return(adapter.dispatch('re_replace')(text, pattern, by)) }}{% endmacro %}
{% macro default__re_replace(text, pattern, by) %}{{ return("regexp_replace(" ~ text ~ ", " ~ literal(pattern) ~ ", " ~ literal(by) ~ ", 'g')") }}{% endmacro %}
{% macro snowflake__re_replace(text, pattern, by) %}{{ return("regexp_replace(" ~ text ~ ", " ~ literal(pattern) ~ ", " ~ literal(by) ~ ")") }}{% endmacro %}

{% macro re_has(text, pattern) %}{{ return(adapter.dispatch('re_has')(text, pattern)) }}{% endmacro %}
{% macro default__re_has(text, pattern) %}{{ return("regexp_matches(" ~ text ~ ", " ~ literal(pattern) ~ ")") }}{% endmacro %}
{% macro snowflake__re_has(text, pattern) %}{{ return("(regexp_instr(" ~ text ~ ", " ~ literal(pattern) ~ ") > 0)") }}{% endmacro %}

{% macro re_find(text, pattern) %}{{ return(adapter.dispatch('re_find')(text, pattern)) }}{% endmacro %}
{% macro default__re_find(text, pattern) %}{{ return("nullif(regexp_extract(" ~ text ~ ", " ~ literal(pattern) ~ "), '')") }}{% endmacro %}
{% macro snowflake__re_find(text, pattern) %}{{ return("regexp_substr(" ~ text ~ ", " ~ literal(pattern) ~ ")") }}{% endmacro %}

{# The group of the first match, counted from 1, or null. #}
{% macro re_group(text, pattern, group) %}{{ return(adapter.dispatch('re_group')(text, pattern, group)) }}{% endmacro %}
{% macro default__re_group(text, pattern, group) %}{{ return("nullif(regexp_extract(" ~ text ~ ", " ~ literal(pattern) ~ ", " ~ group ~ "), '')") }}{% endmacro %}
{% macro snowflake__re_group(text, pattern, group) %}{{ return("nullif(regexp_substr(" ~ text ~ ", " ~ literal(pattern) ~ ", 1, 1, 'e', " ~ group ~ "), '')") }}{% endmacro %}

{# A cast that gives null instead of an error; from text on Snowflake, so text goes in. #}
{% macro try_cast(expression, data_type) %}{{ return("try_cast(cast(" ~ expression ~ " as varchar) as " ~ data_type ~ ")") }}{% endmacro %}

{# The items of a list in a cell, a row each: `from t {{ split_list('t.codes', ';', 'item') }}` gives
   `item.part` (trimmed, never empty is not promised) and `item.place` (from 1). #}
{% macro split_list(text, separator, as) %}{{ return(adapter.dispatch('split_list')(text, separator, as)) }}{% endmacro %}
{% macro default__split_list(text, separator, as) %}
  {{ return("cross join lateral (select trim(u.part) as part, u.place from unnest(string_split(" ~ text ~ ", " ~ literal(separator)
    ~ ")) with ordinality as u(part, place)) as " ~ as) }}
{% endmacro %}
{% macro snowflake__split_list(text, separator, as) %}
  {{ return("cross join lateral (select trim(u.value::varchar) as part, u.index + 1 as place from table(flatten(input => split(" ~ text
    ~ ", " ~ literal(separator) ~ "))) as u) as " ~ as) }}
{% endmacro %}

{# The filled ones of some texts, with a separator between; null when all are empty. #}
{% macro joined(texts, separator) %}
  {%- set parts = [] -%}
  {%- for text in texts -%}{%- do parts.append("coalesce(" ~ literal(separator) ~ " || " ~ text ~ ", '')") -%}{%- endfor -%}
  {{ return("nullif(substr(" ~ parts | join(" || ") ~ ", " ~ (separator | length + 1) ~ "), '')") }}
{% endmacro %}
