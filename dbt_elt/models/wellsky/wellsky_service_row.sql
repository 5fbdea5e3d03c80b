{# The rows of brevservices that may be seen, each with the service it belongs to.
   One row is a service at a location, and hidden when the location is. Rows of one organization with the same code and the same texts
   are one service; its source id (`service_key`) is the lowest row id of the group, hidden rows
   included, so that an edited text or a hidden row seldom changes it. Hours and areas are not part
   of the comparison: what all rows share belongs to the service, the rest to the row.
   NAME is the taxonomy code, ALTERNATE_NAME what people call the service. The word None is a value. #}
with shown_location as (
  select {{ clean_text('ID') }} as location_key
  from {{ raw_rows('wellsky', 'location') }} as r
  where {{ wellsky_record_shown() }}
),

cleaned as (
  select
    {{ clean_text('PROVIDER_SERVICE_CODE_ID') }} as row_key,
    {{ clean_text('SERVICE_CODE_ID') }} as service_code_id,
    {{ clean_text('ORGANIZATION_ID') }} as organization_key,
    {{ clean_text('LOCATION_ID') }} as location_key,
    upper({{ clean_text('NAME') }}) as code,
    {{ plain_text('ALTERNATE_NAME') }} as name,
    {{ rich_text('DESCRIPTION') }} as description,
    {{ clean_email('EMAIL') }} as email,
    case lower({{ clean_text('STATUS') }})
      when 'unavailable' then 'inactive'
      when 'inactive' then 'inactive'
      when 'suspended' then 'temporarily closed'
      when 'temporarily closed' then 'temporarily closed'
      when 'closed' then 'defunct'
      when 'discontinued' then 'defunct'
      else 'active'
    end as status,
    {{ rich_text('APPLICATION_PROCESS') }} as application_process,
    {{ rich_text('FEES') }} as fees,
    {{ rich_text('ELIGIBILITY') }} as eligibility,
    {{ clean_text('LANGUAGES') }} as languages,
    {{ rich_text('REQUIRED_DOCUMENTS') }} as documents,
    {{ rich_text('SCHEDULE') }} as hours,
    SERVICE_AREAS_json as areas,
    coalesce({{ parse_timestamp('DATE_UPDATED') }}, {{ parse_timestamp('DATE_ADDED') }}) as updated_at,
    {{ wellsky_shown('ISACTIVE') }} as is_shown,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'services') }} as r
),

grouped as (
  select
    c.*,
    first_value(row_key) over (
      partition by
        organization_key, service_code_id, code, name, description, email, status, application_process, fees,
        eligibility, languages, documents
      order by length(row_key), row_key
    ) as service_key
  from cleaned as c
  where row_key is not null
    -- A tenant names a service by the id of a row. Such a row is out before groups are made: otherwise
    -- the lowest id would stand for all of its group, and the others for nothing.
    and row_key not in {{ literals(adapt_choice('hide_services') or ['']) }}
)

select
  g.*,
  count(*) over (partition by service_key) as rows_of_service
from grouped as g
where is_shown and (location_key is null or location_key in (select location_key from shown_location))
