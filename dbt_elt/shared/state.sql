{# Incremental by state: the run's state is replaced as a whole, no other state is touched. The two
   statements run in dbt's one transaction, and an empty result removes the state's rows. #}

{% macro get_incremental_state_sql(arg_dict) %}
  {{ return(adapter.dispatch('replace_state')(arg_dict)) }}
{% endmacro %}

{% macro default__replace_state(arg_dict) %}
  {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
  delete from {{ arg_dict['target_relation'] }} where {{ in_state() }};
  insert into {{ arg_dict['target_relation'] }} ({{ columns }})
  select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}

{# Snowflake commits each statement unless it is told where a transaction begins and ends. #}
{% macro snowflake__replace_state(arg_dict) %}
  {{ return(snowflake_dml_explicit_transaction(default__replace_state(arg_dict))) }}
{% endmacro %}

{# Tests look at the run's state alone. #}
{% macro get_where_subquery(relation) %}
  {%- set extra = config.get('where', '') -%}
  {{ return("(select * from " ~ relation ~ " where " ~ in_state() ~ (" and " ~ extra if extra else "") ~ ") as in_state") }}
{% endmacro %}
