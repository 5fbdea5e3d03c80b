{# Documents an applicant brings, an item each. #}
{% macro icarol__required_document_sql() %}
select
  {{ icarol__child_id('required_document', 'item.part') }},
  {{ icarol__owner_key('service') }},
  item.part as document,
  cast(null as varchar) as uri,
  {{ icarol__child_origin('required_document', 'item.part') }}
from {{ icarol__ref('owner') }} as owner
inner join {{ icarol__ref('record') }} as record on record.num = owner.num and record.{{ in_state() }}
{{ split_list('record.documents', ';', 'item') }}
where owner.entity = 'service' and item.part <> '' and lower(item.part) not in ('none', 'n/a', '-1')
{% endmacro %}
