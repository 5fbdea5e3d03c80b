{# Said of services, published of the place where they are offered. A plain no is not published. #}
select
  {{ entity_row('accessibility', 'visionlink', 'accessibility', "'agency:' || agency_key || ':' || md5(lower(access))", {
    'location_id': hsds_id('visionlink', 'location_of_agency', 'agency_key'),
    'description': 'access',
  }) }}
from (
  select distinct
    agency_key,
    case
      when {{ parse_bool('ServiceSystem_AdaAccess') }} then 'ADA accessible'
      when {{ parse_bool('ServiceSystem_AdaAccess') }} is null then {{ plain_text('ServiceSystem_AdaAccess') }}
    end as access,
    _state,
    _load_id
  from {{ ref('visionlink_service_row') }} as s
) as places
where access is not null
