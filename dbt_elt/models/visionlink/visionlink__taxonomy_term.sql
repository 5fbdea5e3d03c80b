{# Codes in use, and a term for each field of the tenant's form that is published as an attribute. #}
{%- set fields = visionlink_facets() -%}
{%- do fields.update(visionlink_custom('service')) -%}
{%- do fields.update(visionlink_custom('agency')) -%}
select
  {{ entity_row('taxonomy_term', 'visionlink', 'taxonomy_term', "taxonomy || ':' || code", {
    'code': 'code',
    'name': 'name',
    'description': 'description',
    'taxonomy': 'taxonomy',
    'taxonomy_id': hsds_id('visionlink', 'taxonomy', 'taxonomy'),
  }) }}
from (
  select
    code,
    min(name) as name,
    min(name) as description,
    'human_services' as taxonomy,
    _state,
    max(_load_id) as _load_id
  from {{ ref('visionlink_service_term') }} as t
  where code is not null
  group by code, _state
  {%- for column, label in fields.items() %}
  union all
  select
    {{ literal(column) }}, {{ literal(label) }}, {{ literal(label) }}, 'visionlink_fields', _state, max(_load_id)
  from {{ raw_rows('visionlink', 'service') }} as r
  group by _state
  {%- endfor %}
) as terms
