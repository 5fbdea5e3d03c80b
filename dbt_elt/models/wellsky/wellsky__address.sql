{# Physical addresses come from their own file, postal ones stand only on the location (POSTAL_ADDRESS).
   Of a shelter, and where the source keeps back the first line, no street is published: a post box is
   then the only postal address that gives nothing away. HSDS has no address without street, city and
   postal code: what lacks one is told in the location's description. #}
with physical as (
  select
    a.address_key as source_key,
    'physicaladdress' as source_table,
    a.location_key,
    a.attention,
    a.address_1,
    a.address_2,
    a.city,
    a.region,
    a.state_province,
    a.postal_code,
    a.country,
    'physical' as address_type,
    a._state,
    a._load_id
  from {{ ref('wellsky_address_row') }} as a
  join {{ ref('wellsky_place') }} as p on p.location_key = a.location_key
  where a.is_shown and not p.is_shelter
),

postal as (
  select
    coalesce({{ clean_text(nested_text('i.item', "'id'")) }}, p.location_key || ':' || i.place) as source_key,
    'postal_address' as source_table,
    p.location_key,
    {{ plain_text(nested_text('i.item', "'attention'")) }} as attention,
    {{ plain_text(nested_text('i.item', "'address_1'")) }} as address_1,
    {{ plain_text(nested_text('i.item', "'address_2'")) }} as address_2,
    {{ plain_text(nested_text('i.item', "'city'")) }} as city,
    {{ plain_text(nested_text('i.item', "'region'")) }} as region,
    {{ plain_text(nested_text('i.item', "'state_province'")) }} as state_province,
    {{ plain_text(nested_text('i.item', "'postal_code'")) }} as postal_code,
    {{ plain_text(nested_text('i.item', "'country'")) }} as country,
    'postal' as address_type,
    p._state,
    p._load_id
  from (
    select q.*, {{ nested('postal') }} as parsed from {{ ref('wellsky_place') }} as q
  ) as p
  {{ nested_rows('p.parsed', 'i') }}
  where {{ wellsky_shown_or(nested_text('i.item', "'isActive'"), 'unflagged_addresses') }}
    and (
      (p.has_address and not p.has_withheld and not p.is_shelter)
      or {{ re_has("lower(" ~ nested_text('i.item', "'address_1'") ~ ")", '^[ ]*(post office|p[. ]*o[. ]*)[ ]*box') }}
    )
)

select
  {{ entity_row('address', 'wellsky', 'physicaladdress', 'source_key', {
    'id': hsds_id_of('wellsky', 'source_table', 'source_key'),
    '_source_table': 'source_table',
    'location_id': hsds_id('wellsky', 'location', 'location_key'),
    'attention': 'attention',
    'address_1': 'address_1',
    'address_2': 'address_2',
    'city': 'city',
    'region': 'region',
    'state_province': "coalesce(upper(state_province), " ~ literal(current_state()) ~ ")",
    'postal_code': 'postal_code',
    'country': country_code('country'),
    'address_type': 'address_type',
  }) }}
from (
  select * from physical
  union all
  select * from postal
) as addresses
where address_1 is not null and city is not null and postal_code is not null
