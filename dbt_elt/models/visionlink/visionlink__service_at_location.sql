{# A service lists its sites by number (`[{"Site_Id": 7}]`), but no site record comes with these exports.
   What is known of any such site is its agency, so each service with a site is offered at its agency's
   location, once: a row per number would publish the same address several times, and a location per
   number would claim places that nobody has seen. A service without any site is offered at none. #}
select
  {{ entity_row('service_at_location', 'visionlink', 'service_at_agency', 'service_key', {
    'service_id': hsds_id('visionlink', 'service', 'service_key'),
    'location_id': hsds_id('visionlink', 'location_of_agency', 'agency_key'),
  }) }}
from (
  select distinct s.service_key, s.agency_key, s._state, s._load_id
  from (
    select service_key, agency_key, {{ nested('ServiceSite_ServiceSite') }} as sites, _state, _load_id
    from {{ ref('visionlink_service_row') }} as r
  ) as s
  {{ nested_rows('s.sites', 'i') }}
  where coalesce({{ nested_text('i.item', "'Site_Id'") }}, {{ scalar_text('i.item') }}) is not null
) as offered
