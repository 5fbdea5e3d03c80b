{% macro icarol__service_at_location_sql() %}
select
  offer.id,
  offer.service_id,
  offer.location_id,
  pas.description,
  {{ icarol__origin('offer.source_table', 'offer.source_id', 'offer.') }}
from {{ icarol__ref('offer') }} as offer
left join {{ icarol__ref('record') }} as pas on pas.num = offer.pas_num and pas.{{ in_state() }}
where offer.{{ in_state() }}
{% endmacro %}
