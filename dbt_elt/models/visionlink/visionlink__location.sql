{# One location of each agency, made of its address: the exports have no site file, so the agency's
   address is the only place known. If all that is filled is confidential, the location is virtual and
   its description says so, and where about it is if the tenant keeps that. #}
{%- set whereabouts = privacy_choice('county_of_private_address') -%}
select
  {{ entity_row('location', 'visionlink', 'location_of_agency', 'agency_key', {
    'location_type': "case when has_address then 'physical' when has_mailing and not has_secret then 'postal' else 'virtual' end",
    'organization_id': hsds_id('visionlink', 'agency', 'agency_key'),
    'name': 'coalesce(name, alternate_name, agency_key)',
    'description': joined([
      "case when has_secret and not has_address then "
        ~ joined(["'Address withheld'"] + (['secret_city', 'secret_county'] if whereabouts else []), ', ') ~ " end",
      "case when has_address and (physical_city is null or physical_zip is null) then "
        ~ joined(['physical_address_1', 'physical_address_2', 'physical_city', 'physical_state', 'physical_zip'], ', ') ~ " end",
    ], '. '),
    'latitude': 'case when has_point then latitude end',
    'longitude': 'case when has_point then longitude end',
  }) }}
from (
  select a.*, has_address and latitude is not null and longitude is not null as has_point
  from {{ ref('visionlink_agency_row') }} as a
) as agencies
