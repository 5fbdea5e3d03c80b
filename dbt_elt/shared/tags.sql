{# What a statement is run for, on Snowflake: the session's tag (tenant, state, run, cost tags; from the
   profile), with the layer and table of the model or test that runs. The session is set to what the SQL
   here counts on, whatever the account's own choice. #}
{% macro snowflake__set_query_tag() %}
  {%- set tags = fromjson(target.query_tag or '{}') or {} -%}
  {%- do tags.update(node_tags()) -%}
  {%- do run_query("alter session set query_tag = " ~ literal(tojson(tags, sort_keys=true))
      ~ ", timezone = 'UTC', timestamp_type_mapping = 'TIMESTAMP_NTZ'"
      ~ ", timestamp_ntz_output_format = 'YYYY-MM-DD HH24:MI:SS.FF6'") -%}
  {{ return(target.query_tag) }}
{% endmacro %}

{% macro snowflake__unset_query_tag(original_query_tag) %}
  {%- do run_query("alter session set query_tag = " ~ literal(original_query_tag or '')) -%}
{% endmacro %}

{# The layer and the table of what runs; of a test, the model that it is attached to, and its own name. #}
{% macro node_tags() %}
  {%- set layer = project_name.replace('dbt_', '') -%}
  {%- if model.resource_type != 'test' -%}
    {{ return({'layer': layer, 'table': model.name}) }}
  {%- endif -%}
  {%- set attached = (model.attached_node or '').split('.') | last -%}
  {{ return({'layer': layer, 'table': attached or model.name, 'test': model.name}) }}
{% endmacro %}
