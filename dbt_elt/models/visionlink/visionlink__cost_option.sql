select
  {{ entity_row('cost_option', 'visionlink', 'cost_option', "'service:' || service_key || ':' || lower(payment)", {
    'service_id': hsds_id('visionlink', 'service', 'service_key'),
    'option': 'payment',
  }) }}
from (
  select distinct s.service_key, {{ clean_text(scalar_text('i.item')) }} as payment, s._state, s._load_id
  from (
    select service_key, {{ option_list(clean_text('ServiceSystem_MethodOfPaymentAccepted')) }} as payments, _state, _load_id
    from {{ ref('visionlink_service_row') }} as r
  ) as s
  {{ nested_rows('s.payments', 'i') }}
) as ways
where payment is not null
