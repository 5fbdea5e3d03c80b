{# The locations that may be seen, each with what decides over its address.
   is_shelter       people may be hiding there: its own flag, else its organization's; a flag that nobody
                    can read counts as yes. The address and the coordinates stay back.
   has_address      an address row that may be shown
   has_withheld     an address row in use whose first line the source keeps back #}
with shelters as (
  select {{ clean_text('ID') }} as organization_key, IS_SHELTER as flag
  from {{ raw_rows('wellsky', 'organization') }} as r
),

addresses as (
  select
    location_key,
    max(case when is_shown then 1 else 0 end) = 1 as has_address,
    max(case when is_withheld then 1 else 0 end) = 1 as has_withheld,
    min(case when is_active then city end) as city,
    min(case when is_active then region end) as region,
    min(case when is_shown and (city is null or postal_code is null) then
      {{ joined(['address_1', 'address_2', 'city', 'state_province', 'postal_code'], ', ') }}
    end) as incomplete
  from {{ ref('wellsky_address_row') }}
  group by location_key
),

cleaned as (
  select
    {{ clean_text('ID') }} as location_key,
    {{ clean_text('ORGANIZATION_ID') }} as organization_key,
    {{ plain_text('NAME') }} as name,
    {{ plain_text('ALTERNATE_NAME') }} as alternate_name,
    {{ rich_text('DESCRIPTION') }} as description,
    {{ clean_url('WEBSITE_ADDRESS') }} as url,
    {{ rich_text('TRANSPORTATION') }} as transportation,
    {{ coordinate('LATITUDE', 90) }} as latitude,
    {{ coordinate('LONGITUDE', 180) }} as longitude,
    {{ clean_text('IS_SHELTER') }} as shelter_flag,
    POSTAL_ADDRESS_json as postal,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'location') }} as r
  where {{ clean_text('ID') }} is not null and {{ wellsky_record_shown() }}
)

select
  c.*,
  coalesce(
    {{ parse_bool('coalesce(c.shelter_flag, s.flag)') }}, {{ clean_text('coalesce(c.shelter_flag, s.flag)') }} is not null
  ) as is_shelter,
  coalesce(a.has_address, false) as has_address,
  coalesce(a.has_withheld, false) as has_withheld,
  a.city,
  a.region,
  a.incomplete
from cleaned as c
left join shelters as s on s.organization_key = c.organization_key
left join addresses as a on a.location_key = c.location_key
