{# Physical addresses. An inactive row is history; one without its first line is partly withheld. #}
with cleaned as (
  select
    {{ clean_text('ID') }} as address_key,
    {{ clean_text('LOCATION_ID') }} as location_key,
    {{ plain_text('ATTENTION') }} as attention,
    {{ plain_text('ADDRESS_1') }} as address_1,
    {{ plain_text(joined(["nullif(trim(ADDRESS_2), '')", "nullif(trim(ADDRESS_3), '')", "nullif(trim(ADDRESS_4), '')"], ', ')) }} as address_2,
    {{ plain_text('CITY') }} as city,
    {{ plain_text('REGION') }} as region,
    {{ plain_text('STATE_PROVINCE') }} as state_province,
    {{ plain_text('POSTAL_CODE') }} as postal_code,
    {{ plain_text('COUNTRY') }} as country,
    {{ wellsky_shown_or('ISACTIVE', 'unflagged_addresses') }} as is_active,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'physicaladdress') }} as r
)
select
  c.*,
  is_active and address_1 is not null as is_shown,
  is_active and address_1 is null as is_withheld
from cleaned as c
where address_key is not null
