{# Ways to pay, an item each. What a service costs is text: service.fees_description. #}
select
  {{ icarol__child_id('cost_option', 'item.part') }},
  {{ icarol__owner_key('service') }},
  cast(null as varchar) as valid_from,
  cast(null as varchar) as valid_to,
  item.part as {{ column_name('option') }},
  cast(null as varchar) as currency,
  cast(null as varchar) as amount,
  cast(null as varchar) as amount_description,
  {{ icarol__child_origin('cost_option', 'item.part') }}
from {{ ref('icarol__owner') }} as owner
inner join {{ ref('icarol__record') }} as record on record.num = owner.num and record.{{ in_state() }}
{{ split_list('record.payment_methods', ';', 'item') }}
where owner.entity = 'service' and item.part <> '' and lower(item.part) not in ('none', 'n/a', '-1')
