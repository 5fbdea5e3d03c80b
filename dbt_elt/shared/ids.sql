{# UUIDv5 of (tenant, system, table, source id), the same as naming.hsds_id. Null for a null id. #}

{% macro hsds_id(system, table, source_id) %}
  {{ return(uuid5("'" ~ [tenant(), system, table] | join('/') ~ "/' || " ~ source_id)) }}
{% endmacro %}

{# The same where the table, too, is an expression. #}
{% macro hsds_id_of(system, table, source_id) %}
  {{ return(uuid5("'" ~ [tenant(), system] | join('/') ~ "/' || " ~ table ~ " || '/' || " ~ source_id)) }}
{% endmacro %}

{% macro hsds_namespace() %}{{ return('6f0c1f6e-3f0e-5a53-9a3c-2f2d6a0e8b11') }}{% endmacro %}

{% macro uuid5(name) %}{{ return(adapter.dispatch('uuid5')(name)) }}{% endmacro %}

{% macro default__uuid5(name) %}
  {%- set digest -%}
    sha1(unhex('{{ hsds_namespace().replace('-', '') }}') || encode({{ name }}))
  {%- endset -%}
  {{ return("(substr(" ~ digest ~ ", 1, 8) || '-' || substr(" ~ digest ~ ", 9, 4) || '-5' || substr(" ~ digest
    ~ ", 14, 3) || '-' || translate(substr(" ~ digest ~ ", 17, 1), '0123456789abcdef', '89ab89ab89ab89ab') || substr("
    ~ digest ~ ", 18, 3) || '-' || substr(" ~ digest ~ ", 21, 12))") }}
{% endmacro %}

{% macro snowflake__uuid5(name) %}
  {{ return("uuid_string('" ~ hsds_namespace() ~ "', " ~ name ~ ")") }}
{% endmacro %}
