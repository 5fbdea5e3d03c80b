{# Every address of a site with what decides over it. A street that an agency keeps confidential in one
   place is kept back in all of the agency's places. #}
{% macro airs_address_row(system) %}
with sites as (
  select
    {{ clean_text('Key') }} as site_key,
    {{ airs_place_table() }} as place_table,
    {{ clean_text('ParentAgencyKey') }} as agency_key,
    {{ nested('PhysicalAddress_json') }} as physical,
    {{ nested('MailingAddress_json') }} as mailing,
    {{ nested('OtherAddress_json') }} as other,
    _state,
    _load_id
  from {{ raw_rows(system, 'site') }} as r
),

listed as (
  {%- for kind in ['physical', 'mailing', 'other'] %}
  select
    s.place_table,
    s.site_key,
    s.agency_key,
    '{{ kind }}' as kind,
    i.place,
    {{ plain_text(airs_text('i.item', 'PreAddressLine')) }} as attention,
    {{ plain_text(airs_text('i.item', 'Line1')) }} as line_1,
    {{ plain_text(airs_text('i.item', 'Line2')) }} as line_2,
    {{ plain_text(airs_text('i.item', 'City')) }} as city,
    {{ plain_text(airs_text('i.item', 'County')) }} as county,
    {{ plain_text(airs_text('i.item', 'State')) }} as state_province,
    {{ plain_text(airs_text('i.item', 'ZipCode')) }} as postal_code,
    {{ plain_text(airs_text('i.item', 'Country')) }} as country,
    {{ airs_withheld('i.item', 'unflagged_addresses') }} as is_confidential,
    s._state,
    s._load_id
  from sites as s
  {{ airs_items('s.' ~ kind, 'i') }}
  {{ "union all" if not loop.last }}
  {%- endfor %}
),

secret as (
  select distinct agency_key, street
  from (
    select agency_key, lower(line_1) as street from listed where is_confidential
    union all
    select agency_key, lower(line_2) from listed where is_confidential
  ) as streets
  where street is not null
)

select l.*, l.is_confidential or x.street is not null or y.street is not null as is_withheld
from listed as l
left join secret as x on x.agency_key = l.agency_key and x.street = lower(l.line_1)
left join secret as y on y.agency_key = l.agency_key and y.street = lower(l.line_2)
{% endmacro %}

{# The table part of a site's id: a Site and an AgencyLocation may have equal keys. #}
{% macro airs_place_table(element='Element') %}
  {{ return("case when lower(" ~ clean_text(element) ~ ") = 'agencylocation' then 'agency_location' else 'site' end") }}
{% endmacro %}

{# The sites that may be seen, each with what decides over its address.
   is_public     a physical address that may be shown
   has_withheld  a physical address that is kept back #}
{% macro airs_place(system) %}
with addresses as (
  select
    place_table,
    site_key,
    max(case when kind = 'physical' and not is_withheld and line_1 is not null then 1 else 0 end) = 1 as has_address,
    max(case when kind = 'physical' and is_withheld then 1 else 0 end) = 1 as has_withheld,
    min(case when kind = 'physical' then city end) as city,
    min(case when kind = 'physical' then county end) as county,
    min(case when kind = 'physical' and not is_withheld and (line_1 is null or city is null or postal_code is null) then
      {{ joined(['line_1', 'line_2', 'city', 'state_province', 'postal_code'], ', ') }}
    end) as incomplete
  from {{ ref(system ~ '_address_row') }} as a
  group by place_table, site_key
),

cleaned as (
  select
    {{ clean_text('Key') }} as site_key,
    {{ airs_place_table() }} as place_table,
    {{ clean_text('ParentAgencyKey') }} as agency_key,
    {{ plain_text('Name') }} as name,
    {{ rich_text('SiteDescription') }} as description,
    {{ rich_text('PhysicalLocationDescription') }} as way_in,
    {{ rich_text('BusServiceAccess') }} as buses,
    {{ parse_bool('PublicAccessToTransportation') }} as has_transport,
    {{ rich_text('DisabilitiesAccess') }} as access,
    {{ nested('CrossStreet_json') }} as streets,
    {{ nested('SpatialLocation_json') }} as spatial,
    {{ nested('AKA_json') }} as aka,
    {{ nested('Phone_json') }} as phones,
    {{ nested('URL_json') }} as urls,
    {{ nested('Contact_json') }} as contacts,
    {{ nested('TimeOpen_json') }} as hours,
    {{ nested('Languages_json') }} as languages,
    {{ nested('ResourceInfo_json') }} as info,
    Status, ExcludeFromWebsite, ExcludeFromDirectory, DeleteStamp, deleteEffective, deleteOccurredDate,
    _state,
    _load_id
  from {{ raw_rows(system, 'site') }} as r
)

select
  c.*,
  c.place_table || ':' || c.site_key as place_key,
  {{ hsds_id_of(system, 'c.place_table', 'c.site_key') }} as location_id,
  g.organization_id,
  coalesce(a.has_address, false) and not coalesce(a.has_withheld, false) as is_public,
  coalesce(a.has_withheld, false) as has_withheld,
  a.city,
  a.county,
  a.incomplete
from (select s.*, {{ airs_record_shown() }} as is_shown from cleaned as s) as c
join {{ ref(system ~ '_agency') }} as g on g.agency_key = c.agency_key
left join addresses as a on a.place_table = c.place_table and a.site_key = c.site_key
where c.site_key is not null and c.is_shown
{% endmacro %}

{# Without a physical address that may be shown a location is virtual and has no coordinates, no directions
   and no streets nearby. Its description says that the address is withheld, and where about it is if the
   tenant keeps that; and it tells a public address that HSDS cannot hold. #}
{% macro airs_location(system) %}
{%- set whereabouts = privacy_choice('county_of_private_address') -%}
with places as (select * from {{ ref(system ~ '_place') }}),

names as ({{ airs_other_names('places', 'place_key') }}),

corners as ({{ airs_joined('places', 'place_key', ['streets'], plain_text(airs_value('i.item')), ', ') }}),

site as (
  select p.place_key, {{ clean_url(airs_text('i.item', 'Address')) }} as url
  from places as p
  {{ airs_items('p.urls', 'i') }}
  where {{ clean_url(airs_text('i.item', 'Address')) }} is not null
  qualify row_number() over (partition by p.place_key order by i.place) = 1
),

points as (
  select
    p.place_key,
    {{ airs_degrees(airs_text('i.item', 'Latitude'), 90) }} as latitude,
    {{ airs_degrees(airs_text('i.item', 'Longitude'), 180) }} as longitude
  from places as p
  {{ airs_items('p.spatial', 'i') }}
  where p.is_public
  qualify row_number() over (partition by p.place_key order by case when {{ airs_degrees(airs_text('i.item', 'Latitude'), 90) }} is null then 1 else 0 end, i.place) = 1
)

select
  {{ entity_row('location', system, 'site', 'site_key', {
    'id': 'location_id',
    '_source_table': 'place_table',
    'location_type': "case when is_public then 'physical' else 'virtual' end",
    'url': 'url',
    'organization_id': 'organization_id',
    'name': 'name',
    'alternate_name': 'alternate_name',
    'description': joined([
      'description',
      'case when is_public then way_in end',
      "case when is_public then 'Near ' || corners end",
      "case when has_withheld then " ~ joined(["'Address withheld'"] + (['city', 'county'] if whereabouts else []), ', ') ~ " end",
      'case when not has_withheld then incomplete end',
    ], '. '),
    'transportation': "case when is_public then coalesce(buses, case when has_transport then 'Near public transportation' end) end",
    'latitude': 'case when latitude is not null and longitude is not null then latitude end',
    'longitude': 'case when latitude is not null and longitude is not null then longitude end',
  }) }}
from (
  select
    p.*,
    n.names as alternate_name,
    c.texts as corners,
    s.url,
    t.latitude,
    t.longitude
  from places as p
  left join names as n on n.owner = p.place_key
  left join corners as c on c.owner = p.place_key
  left join site as s on s.place_key = p.place_key
  left join points as t on t.place_key = p.place_key
) as locations
{% endmacro %}

{# HSDS has no address without street, city and postal code: what lacks one is told in the location's
   description. An address of another kind is a physical one where it says nothing else. #}
{% macro airs_address(system) %}
select
  {{ entity_row('address', system, 'address', 'source_key', {
    'location_id': 'location_id',
    'attention': 'attention',
    'address_1': 'line_1',
    'address_2': 'line_2',
    'city': 'city',
    'region': 'county',
    'state_province': "coalesce(upper(state_province), " ~ literal(current_state()) ~ ")",
    'postal_code': 'postal_code',
    'country': country_code('country'),
    'address_type': "case when kind = 'mailing' then 'postal' when "
      ~ re_has("lower(line_1)", '^[ ]*(post office|p[. ]*o[. ]*)[ ]*box') ~ " then 'postal' else 'physical' end",
  }) }}
from (
  select
    p.place_key || ':' || a.kind || ':' || a.place as source_key,
    p.location_id,
    a.kind,
    a.attention,
    a.line_1,
    a.line_2,
    a.city,
    a.county,
    a.state_province,
    a.postal_code,
    a.country,
    a._state,
    a._load_id
  from {{ ref(system ~ '_address_row') }} as a
  join {{ ref(system ~ '_place') }} as p on p.place_table = a.place_table and p.site_key = a.site_key
  where not a.is_withheld and (p.is_public or a.kind <> 'physical')
) as addresses
where line_1 is not null and city is not null and postal_code is not null
{% endmacro %}

{% macro airs_accessibility(system) %}
select
  {{ entity_row('accessibility', system, 'accessibility', 'place_key', {
    'location_id': 'location_id',
    'description': 'access',
  }) }}
from {{ ref(system ~ '_place') }} as p
where access is not null
{% endmacro %}
