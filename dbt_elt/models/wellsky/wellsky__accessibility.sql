select
  {{ entity_row('accessibility', 'wellsky', 'accessibility', "'location:' || location_key", {
    'location_id': hsds_id('wellsky', 'location', 'location_key'),
    'description': 'coalesce(details, says)',
    'details': 'case when details is not null then says end',
  }) }}
from (
  select
    {{ clean_text('ID') }} as location_key,
    {{ rich_text('ACCESSIBILITY') }} as details,
    case when {{ parse_bool('ADA_ACCESSIBLE') }} then 'ADA accessible' end as says,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'location') }} as r
) as locations
where location_key is not null and coalesce(details, says) is not null
