{# Taxonomy codes of services; the licensed name of a term only for a tenant that may publish it. #}
select distinct
  s.service_key,
  upper({{ clean_text("coalesce(" ~ nested_text('i.item', "'taxonomy_code'") ~ ", " ~ nested_text('i.item', "'code'") ~ ")") }}) as code,
  {%- if privacy_choice('publish_taxonomy_names') %}
  {{ plain_text("coalesce(" ~ nested_text('i.item', "'taxonomy_name'") ~ ", " ~ nested_text('i.item', "'taxonomy_term'") ~ ", "
    ~ nested_text('i.item', "'name'") ~ ")") }} as name,
  {%- else %}
  cast(null as varchar) as name,
  {%- endif %}
  s._state,
  s._load_id
from (
  select service_key, {{ nested('ServiceTaxonomy_ModuleServicepost') }} as terms, _state, _load_id
  from {{ ref('visionlink_service_row') }} as r
) as s
{{ nested_rows('s.terms', 'i') }}
