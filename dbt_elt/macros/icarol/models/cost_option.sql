{# Ways to pay, an item each. What a service costs is text: service.fees_description. #}
{% macro icarol__cost_option_sql() %}
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
from {{ icarol__ref('owner') }} as owner
inner join {{ icarol__ref('record') }} as record on record.num = owner.num and record.{{ in_state() }}
{{ split_list('record.payment_methods', ';', 'item') }}
where owner.entity = 'service' and item.part <> '' and lower(item.part) not in ('none', 'n/a', '-1')
{% endmacro %}
