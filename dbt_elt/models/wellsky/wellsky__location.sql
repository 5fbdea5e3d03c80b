{# Without an address that may be shown a location is virtual and has no coordinates. Its description says
   that the address is withheld, and where about it is if the tenant keeps that; and it tells a public
   address that HSDS cannot hold because its city or postal code is missing. #}
{%- set whereabouts = privacy_choice('county_of_private_address') -%}
select
  {{ entity_row('location', 'wellsky', 'location', 'location_key', {
    'location_type': "case when is_public then 'physical' else 'virtual' end",
    'url': 'url',
    'organization_id': hsds_id('wellsky', 'organization', 'organization_key'),
    'name': 'name',
    'alternate_name': 'alternate_name',
    'description': joined([
      'description',
      "case when not is_public and (has_address or has_withheld) then "
        ~ joined(["'Address withheld'"] + (['city', 'region'] if whereabouts else []), ', ') ~ " end",
      'case when is_public then incomplete end',
    ], '. '),
    'transportation': 'case when is_public or not (has_address or has_withheld) then transportation end',
    'latitude': 'case when has_point then latitude end',
    'longitude': 'case when has_point then longitude end',
  }) }}
from (
  select
    p.*,
    has_address and not is_shelter as is_public,
    has_address and not has_withheld and not is_shelter and latitude is not null and longitude is not null as has_point
  from {{ ref('wellsky_place') }} as p
) as places
