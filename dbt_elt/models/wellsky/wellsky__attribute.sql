select
  {{ entity_row('attribute', 'wellsky', 'attribute', "'service_group:' || service_key || ':' || code", {
    'link_id': wellsky_service_uuid(),
    'link_entity': "'service'",
    'link_type': "'service'",
    'taxonomy_term_id': hsds_id('wellsky', 'taxonomy_term', "'human_services:' || code"),
  }) }}
from (select distinct service_key, code, _state, _load_id from {{ ref('wellsky_service_row') }}) as s
where code is not null
