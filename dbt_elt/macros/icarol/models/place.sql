{# Every published location once: the record that names it, and the record whose address it takes.
   An address that HSDS cannot hold (it wants street, town and postal code) is kept as text. #}
{% macro icarol__place_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),

place as (
  select distinct
    location_id, location_table, location_num, place_num, address_num, pas_num as owner_num
  from (
    select *, row_number() over (partition by location_id order by source_table, source_id) as nth
    from {{ icarol__ref('offer') }}
    where {{ in_state() }}
  ) as offer
  where nth = 1
)

select
  place.location_id,
  place.location_table,
  place.location_num,
  place.place_num,
  place.address_num,
  coalesce(named.agency_num, program.agency_num) as agency_num,
  named.name,
  named.alternate_name,
  case when named.kind = 'site' then named.description end as description,
  -- How to get there belongs to the address.
  case when place.address_num is null then named.location_description else address.location_description end as location_description,
  case when place.address_num is null then named.bus_access else address.bus_access end as bus_access,
  case when place.address_num is null then named.transportation else address.transportation end as transportation,
  named.accessibility,
  named.websites,
  named.updated_at,
  named.entered_at,
  named.prior_id,
  address.physical,
  {%- for part in ['address_1', 'address_2', 'city', 'county', 'state', 'postal_code', 'country'] %}
  address.physical_{{ part }},
  {%- endfor %}
  coalesce(address.physical = 'public' and coalesce(address.physical_address_1, address.physical_address_2) is not null
    and address.physical_city is not null and address.physical_postal_code is not null, false) as physical_complete,
  address.withheld_city,
  address.withheld_county,
  address.latitude,
  address.longitude,
  mail.mailing,
  {%- for part in ['attention', 'address_1', 'address_2', 'city', 'state', 'postal_code', 'country'] %}
  mail.mailing_{{ part }},
  {%- endfor %}
  coalesce(mail.mailing = 'public' and coalesce(mail.mailing_address_1, mail.mailing_address_2) is not null
    and mail.mailing_city is not null and mail.mailing_postal_code is not null, false) as mailing_complete,
  {{ icarol__origin('place.location_table', 'place.location_num', 'named.') }}
from place
inner join record as named on named.num = place.place_num
left join record as program on program.num = named.program_num
left join record as address on address.num = place.address_num
left join record as owner on owner.num = place.owner_num and place.location_table = 'location_of_program_at_site'
left join record as mail on mail.num = case when owner.mailing is not null then owner.num else named.num end
{% endmacro %}
