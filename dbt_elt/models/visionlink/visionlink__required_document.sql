{# An item each. #}
select
  {{ entity_row('required_document', 'visionlink', 'required_document', "'service:' || service_key || ':' || md5(document)", {
    'service_id': hsds_id('visionlink', 'service', 'service_key'),
    'document': 'document',
  }) }}
from (
  select distinct s.service_key, {{ clean_text('i.part') }} as document, s._state, s._load_id
  from (
    select service_key, translate({{ rich_text('ServiceSystem_DocumentsRequired') }}, chr(10), ';') as documents, _state, _load_id
    from {{ ref('visionlink_service_row') }} as r
  ) as s
  {{ split_list('s.documents', ';', 'i') }}
) as needed
where document is not null and lower(document) not in ('none', 'n/a')
