{# The services that may be seen. #}
select
  {{ clean_text('Service_Id') }} as service_key,
  {{ clean_text('Agency_Id') }} as agency_key,
  coalesce({{ parse_timestamp('Service_EditStamp') }}, {{ parse_timestamp('Service_CreateStamp') }}) as edited_at,
  r.*
from {{ raw_rows('visionlink', 'service', extra=visionlink_custom('service').keys() | list) }} as r
where {{ clean_text('Service_Id') }} is not null
  and {{ visionlink_shown('Service_Status', 'ServiceOption_Status') }}
  and not {{ visionlink_says_hide('ServiceOption_ConditionalFilter') }}
