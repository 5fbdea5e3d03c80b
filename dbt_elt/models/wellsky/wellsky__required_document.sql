{# The word None is an answer here: nothing to bring. #}
select
  {{ entity_row('required_document', 'wellsky', 'required_document', "'service_group:' || service_key", {
    'service_id': wellsky_service_uuid(),
    'document': 'documents',
  }) }}
from (select distinct service_key, documents, _state, _load_id from {{ ref('wellsky_service_row') }}) as s
where documents is not null
