{# Codes in use. ALTERNATE_NAME is the licensed name of the term; its definition is never read. #}
select
  {{ entity_row('taxonomy_term', 'wellsky', 'taxonomy_term', "'human_services:' || code", {
    'code': 'code',
    'name': 'name',
    'description': 'name',
    'taxonomy': "'human_services'",
    'taxonomy_id': hsds_id('wellsky', 'taxonomy', "'human_services'"),
  }) }}
from (
  select
    code,
    {{ 'min(name)' if privacy_choice('publish_taxonomy_names') else 'cast(null as varchar)' }} as name,
    _state,
    max(_load_id) as _load_id
  from {{ ref('wellsky_service_row') }} as s
  where code is not null
  group by code, _state
) as terms
