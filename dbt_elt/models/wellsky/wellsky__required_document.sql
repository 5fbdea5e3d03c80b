{# An item each, by line or semicolon. The word None is an answer here: nothing to bring. #}
select
  {{ entity_row('required_document', 'wellsky', 'required_document', "'service_group:' || service_key || ':' || md5(document)", {
    'service_id': wellsky_service_uuid(),
    'document': 'document',
  }) }}
from (
  select distinct s.service_key, {{ clean_text('i.part') }} as document, s._state, s._load_id
  from (
    select service_key, translate(documents, chr(10), ';') as documents, _state, _load_id
    from {{ ref('wellsky_service_row') }} as r
  ) as s
  {{ split_list('s.documents', ';', 'i') }}
) as needed
where document is not null
