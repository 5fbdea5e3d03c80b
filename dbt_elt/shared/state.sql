{# Incremental by state: the run's state is replaced as a whole, no other state is touched. Delete and
   insert run in one transaction, and an empty result removes the state's rows. #}

{# On DuckDB this stands for dbt-duckdb's own materialization, which asks the database for columns and
   types up to eight times a model and plans its SQL twice. A contract says all of that: its columns
   are inserted by name into a table of its types and constraints, which check every row. Models
   without a contract take their columns from a temporary table. Never drops: `full_refresh` would
   take the other states away. #}
{% materialization incremental, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set contracted = config.get('contract').enforced -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- if contracted -%}
    {%- set rows = "(" ~ compiled_code ~ ")" -%}
    {%- set columns = contract_columns() -%}
  {%- elif existing is not none -%}
    {%- set rows = make_temp_relation(this).include(database=false, schema=false) -%}
    {%- do run_query(create_table_as(True, rows, compiled_code)) -%}
    {%- set columns = described_columns(rows) -%}
  {%- endif -%}
  {%- if existing is not none -%}{%- do add_missing_columns(existing, columns) -%}{%- endif -%}

  {% call statement('main') %}
    {%- if existing is none and not contracted -%}
      {{ create_table_as(False, target_relation, compiled_code) }}
    {%- else -%}
      {%- if existing is none %}
      create table {{ target_relation }} {{ get_table_columns_and_constraints() }};
      {%- endif %}
      {{ replace_state(target_relation, columns.keys() | list, rows) }}
    {%- endif -%}
  {% endcall %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The same on Snowflake, by SQL of its own: the stock materialization makes a table that is not there by
   `create or replace`, and two states that are built at once would take each other's rows away. The new
   rows are computed before the table is locked. #}
{% materialization incremental, adapter='snowflake' %}
  {%- set original_tag = set_query_tag() -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set rows = make_temp_relation(this).incorporate(type='table') -%}
  {{ run_hooks(pre_hooks) }}

  {%- do run_query("create or replace temporary table " ~ rows ~ " as (" ~ compiled_code ~ ")") -%}
  {%- set columns = contract_columns() if config.get('contract').enforced else described_columns(rows) -%}
  {%- if load_cached_relation(this) is none -%}
    {%- do run_query("create transient table if not exists " ~ target_relation ~ " (" ~ spelled_columns(columns) ~ ")") -%}
  {%- endif -%}
  {%- do add_missing_columns(target_relation, columns) -%}

  {% call statement('main') %}
    begin;
    {{ replace_state(target_relation, columns.keys() | list, rows) }}
    commit;
  {% endcall %}
  {%- do run_query("drop table if exists " ~ rows) -%}

  {{ run_hooks(post_hooks) }}
  {%- do unset_query_tag(original_tag) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Columns of a new table, those that must be filled said so where the model has a contract. #}
{% macro spelled_columns(columns) %}
  {%- set filled = [] -%}
  {%- for column in model.columns.values() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
    {%- do filled.append(column_name(column.name)) -%}
  {%- endfor -%}
  {%- set spelled = [] -%}
  {%- for name, data_type in columns.items() -%}
    {%- do spelled.append(name ~ " " ~ data_type ~ (" not null" if name in filled else "")) -%}
  {%- endfor -%}
  {{ return(spelled | join(", ")) }}
{% endmacro %}

{# {quoted name: type} of the model's contract. #}
{% macro contract_columns() %}
  {%- set found = {} -%}
  {%- for column in model.columns.values() -%}
    {%- do found.update({column_name(column.name): column.data_type}) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{# {quoted name: type} of a table. #}
{% macro described_columns(relation) %}
  {%- set found = {} -%}
  {%- for row in run_query(("describe table " if target.type == 'snowflake' else "describe ") ~ relation) -%}
    {%- do found.update({adapter.quote(row[0]): row[1]}) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{% macro add_missing_columns(relation, columns) %}
  {%- set have = described_columns(relation) -%}
  {%- for name, data_type in columns.items() if name not in have -%}
    {%- do run_query("alter table " ~ relation ~ " add column " ~ name ~ " " ~ data_type) -%}
  {%- endfor -%}
{% endmacro %}

{% macro replace_state(relation, names, rows) %}
  delete from {{ relation }} where {{ in_state() }};
  insert into {{ relation }} ({{ names | join(', ') }})
  select {{ names | join(', ') }} from {{ rows }} as fresh;
{% endmacro %}

{# Tests look at the run's state alone. #}
{% macro get_where_subquery(relation) %}
  {%- set extra = config.get('where', '') -%}
  {{ return("(select * from " ~ relation ~ " where " ~ in_state() ~ (" and " ~ extra if extra else "") ~ ") as in_state") }}
{% endmacro %}
