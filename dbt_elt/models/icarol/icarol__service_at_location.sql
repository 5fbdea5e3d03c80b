select
  offer.id,
  offer.service_id,
  offer.location_id,
  pas.description,
  {{ icarol__origin('offer.source_table', 'offer.source_id', 'offer.') }}
from {{ ref('icarol__offer') }} as offer
left join {{ ref('icarol__record') }} as pas on pas.num = offer.pas_num and pas.{{ in_state() }}
where offer.{{ in_state() }}
