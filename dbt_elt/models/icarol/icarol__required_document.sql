{# Documents an applicant brings, an item each. #}
select
  {{ icarol__child_id('required_document', 'item.part') }},
  {{ icarol__owner_key('service') }},
  item.part as document,
  cast(null as varchar) as uri,
  {{ icarol__child_origin('required_document', 'item.part') }}
from {{ ref('icarol__owner') }} as owner
inner join {{ ref('icarol__record') }} as record on record.num = owner.num and record.{{ in_state() }}
{{ split_list('record.documents', ';', 'item') }}
where owner.entity = 'service' and item.part <> '' and lower(item.part) not in ('none', 'n/a', '-1')
