{# The source's own id of each record, and the day of its last change (1970-01-01 where the source has none). #}
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
    'last_action_date': "coalesce(cast(updated_at as date), cast('1970-01-01' as date))",
    'last_action_type': "'update'",
    'field_name': "'id'",
    'previous_value': 'source_key',
    'replacement_value': 'resource_id',
    'updated_by': "'wellsky'",
  }) }}
from records
where source_key is not null
