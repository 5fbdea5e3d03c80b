{# The source's own id of each record, and when the source last changed it. #}
with records as (
  {%- for entity, table in [('organization', 'organization'), ('location', 'location')] %}
  select
    '{{ entity }}' as entity,
    '{{ table }}' as source_table,
    {{ clean_text('ID') }} as source_key,
    {{ hsds_id('wellsky', table, clean_text('ID')) }} as resource_id,
    coalesce({{ parse_timestamp('DATE_UPDATED') }}, {{ parse_timestamp('DATE_ADDED') }}) as updated_at,
    _state,
    _load_id
  from {{ raw_rows('wellsky', table) }} as r
  union all
  {%- endfor %}
  select
    'service', 'service_group', service_key, {{ wellsky_service_uuid() }}, max(updated_at), _state, max(_load_id)
  from {{ ref('wellsky_service_row') }} as s
  group by service_key, _state
  union all
  select
    'service_at_location', 'services', row_key, {{ hsds_id('wellsky', 'services', 'row_key') }}, updated_at, _state, _load_id
  from {{ ref('wellsky_service_row') }} as s
)

select
  {{ entity_row('metadata', 'wellsky', 'metadata', "source_table || ':' || source_key", {
    'resource_id': 'resource_id',
    'resource_type': 'entity',
    'last_action_date': 'cast(updated_at as date)',
    'last_action_type': "'import'",
    'field_name': "'id'",
    'previous_value': 'source_key',
    'replacement_value': 'resource_id',
    'updated_by': "'wellsky'",
  }) }}
from records
where source_key is not null and updated_at is not null
