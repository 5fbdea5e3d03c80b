{# The source's own id of each record, and the day of its last change (1970-01-01 where the source has none). #}
with records as (
  select
    'organization' as entity,
    'agency' as source_table,
    {{ clean_text('Agency_Id') }} as source_key,
    {{ hsds_id('visionlink', 'agency', clean_text('Agency_Id')) }} as resource_id,
    coalesce({{ parse_timestamp('Agency_EditStamp') }}, {{ parse_timestamp('Agency_CreateStamp') }}) as edited_at,
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency') }} as r
  union all
  select 'service', 'service', service_key, {{ hsds_id('visionlink', 'service', 'service_key') }}, edited_at, _state, _load_id
  from {{ ref('visionlink_service_row') }} as s
)

select
  {{ entity_row('metadata', 'visionlink', 'metadata', "source_table || ':' || source_key", {
    'resource_id': 'resource_id',
    'resource_type': 'entity',
    'last_action_date': "coalesce(cast(edited_at as date), cast('1970-01-01' as date))",
    'last_action_type': "'update'",
    'field_name': "'id'",
    'previous_value': 'source_key',
    'replacement_value': 'resource_id',
    'updated_by': "'visionlink'",
  }) }}
from records
where source_key is not null
