{# HSDS as a source: packages (`hsds`) and APIs (`hsds_api`). Both give a row the same id, so that a tenant
   may change from one to the other. What is known of the model stands in model.sql. #}
{% macro hsds__entities() %}{{ return(hsds_source_filled()) }}{% endmacro %}

{% macro hsds_api__entities() %}{{ return(hsds_source_filled()) }}{% endmacro %}

{% macro hsds_source_filled() %}
  {{ return([
    'organization', 'organization_identifier', 'url', 'program', 'location', 'address', 'phone', 'accessibility',
    'contact', 'service', 'service_at_location', 'schedule', 'service_area', 'language', 'cost_option',
    'required_document', 'taxonomy', 'taxonomy_term', 'attribute', 'metadata',
  ]) }}
{% endmacro %}

{# A model: the rows of an entity. `values` replaces the SQL of columns, `keep` is a condition, `joined` a
   join to the rows `r`. `r._id` is the source's id, `r._table` the table that it is of. #}
{% macro hsds_source_entity(system, entity, values={}, keep='', joined='') %}
  {%- set picked = {
      'id': hsds_id_of('hsds', 'r._table', 'r._id'), '_system': literal(system), '_source_table': 'r._table',
      '_state': 'r._state', '_load_id': 'r._load_id'} -%}
  {%- for column, kind in hsds_source_columns(entity).items() if column != 'id' -%}
    {%- do picked.update({column: hsds_source_value(kind, 'r.' ~ column_name(column))}) -%}
  {%- endfor -%}
  {%- do picked.update(values) -%}
  select
    {{ entity_row(entity, 'hsds', entity, 'r._id', picked) }}
  from (
    {{ hsds_source_rows(system, entity) }}
  ) as r
  {{ joined }}
  where r._id is not null
  {{ "and " ~ keep if keep }}
{% endmacro %}

{# The text of a column as its value. #}
{% macro hsds_source_value(kind, text) %}
  {%- if kind.startswith('ref:') -%}{{ return(hsds_id('hsds', kind[4:], clean_text(text))) }}
  {%- elif kind == 'plain' -%}{{ return(plain_text(text)) }}
  {%- elif kind == 'rich' -%}{{ return(rich_text(text)) }}
  {%- elif kind == 'email' -%}{{ return(clean_email(text)) }}
  {%- elif kind == 'url' -%}{{ return(clean_url(text)) }}
  {%- elif kind == 'date' -%}{{ return(parse_date(hsds_source_local(text))) }}
  {%- elif kind == 'datetime' -%}{{ return(parse_timestamp(hsds_source_local(text))) }}
  {%- elif kind == 'time' -%}{{ return("lpad(" ~ re_find(text, '[0-9]{1,2}:[0-9]{2}') ~ ", 5, '0')") }}
  {%- else -%}{{ return(clean_text(text)) }}
  {%- endif -%}
{% endmacro %}

{# A moment without its offset from UTC, which the platform's model has no place for. #}
{% macro hsds_source_local(text) %}{{ return(re_replace(text, '[+-][0-9]{2}:?[0-9]{2}[ ]*$', '')) }}{% endmacro %}
