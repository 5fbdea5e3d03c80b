{# Everything that becomes an attribute: taxonomy codes of services, the options of their eligibility
   lists, and what the tenant's spec names of its own form, under a taxonomy of form fields. #}
{%- do source('visionlink', 'agency') -%} {# lineage, whether or not the spec names a field of agencies #}
select
  'service' as entity,
  {{ hsds_id('visionlink', 'service', 'service_key') }} as link_id,
  'service:' || service_key || ':code:' || code as source_key,
  'human_services' as taxonomy,
  code,
  name,
  'service' as link_type,
  cast(null as varchar) as value,
  cast(null as varchar) as label,
  _state,
  _load_id
from {{ ref('visionlink_service_term') }} as t
where code is not null
{%- for column, label in visionlink_facets().items() %}
union all
select
  'service',
  {{ hsds_id('visionlink', 'service', 's.service_key') }},
  'service:' || s.service_key || ':{{ column }}:' || lower(s.choice),
  'visionlink_fields',
  '{{ column }}',
  {{ literal(label) }},
  'field',
  s.choice,
  {{ literal(label) }},
  s._state,
  s._load_id
from (
  select distinct r.service_key, {{ clean_text(scalar_text('i.item')) }} as choice, r._state, r._load_id
  from (
    select service_key, {{ option_list(clean_text(column)) }} as choices, _state, _load_id
    from {{ ref('visionlink_service_row') }} as v
  ) as r
  {{ nested_rows('r.choices', 'i') }}
) as s
where s.choice is not null
{%- endfor %}
{%- for column, label in visionlink_custom('service').items() %}
union all
select
  'service',
  {{ hsds_id('visionlink', 'service', 'service_key') }},
  'service:' || service_key || ':{{ column }}',
  'visionlink_fields',
  '{{ column }}',
  {{ literal(label) }},
  'field',
  {{ plain_text(column) }},
  {{ literal(label) }},
  _state,
  _load_id
from {{ ref('visionlink_service_row') }} as s
where {{ plain_text(column) }} is not null
{%- endfor %}
{%- for column, label in visionlink_custom('agency').items() %}
union all
select
  'organization',
  {{ hsds_id('visionlink', 'agency', clean_text('Agency_Id')) }},
  'agency:' || {{ clean_text('Agency_Id') }} || ':{{ column }}',
  'visionlink_fields',
  '{{ column }}',
  {{ literal(label) }},
  'field',
  {{ plain_text(column) }},
  {{ literal(label) }},
  _state,
  _load_id
from {{ raw_rows('visionlink', 'agency', extra=visionlink_custom('agency').keys() | list) }} as r
where {{ plain_text(column) }} is not null
{%- endfor %}
