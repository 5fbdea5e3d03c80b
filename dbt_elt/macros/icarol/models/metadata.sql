{# Where each record comes from: its id in the export and the day of its last change (1970-01-01 where
   the export has none); its id in the system before; and for a link the day it was verified. #}
{% macro icarol__metadata_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),

source_record as (
  select 'organization' as entity, {{ hsds_id('icarol', 'agency', 'num') }} as entity_id, 'agency' as source_table, num
  from record where kind = 'agency'
  union all
  select 'service', {{ hsds_id('icarol', 'program', 'num') }}, 'program', num
  from record where kind = 'program'
  union all
  select distinct 'service', service_id, service_table, service_num
  from {{ icarol__ref('offer') }} where {{ in_state() }} and service_table = 'service_of_agency'
  union all
  select distinct 'location', location_id, location_table, location_num
  from {{ icarol__ref('offer') }} where {{ in_state() }}
  union all
  select 'service_at_location', id, source_table, source_id
  from {{ icarol__ref('offer') }} where {{ in_state() }}
),

described as (
  select
    source_record.*,
    source_record.entity || ':' || source_record.source_table || ':' || source_record.num as entity_key,
    record.prior_id,
    case when source_record.source_table = 'program_at_site' then record.verified_on end as verified_on,
    coalesce(cast(record.updated_at as date), cast(record.entered_at as date), record.verified_on, cast('1970-01-01' as date)) as changed_on,
    record._load_id
  from source_record
  inner join record on record.num = source_record.num
),

fact as (
  select *, 'update' as action, changed_on as action_date, 'id' as field, num as before, entity_id as after from described
  union all
  select *, 'update', changed_on, 'prior_id', prior_id, num from described where prior_id is not null
  union all
  select *, 'verify', verified_on, 'assured_date', 'not stated', cast(verified_on as varchar) from described where verified_on is not null
)

select
  {{ icarol__child_id('metadata', 'field') }},
  entity_id as resource_id,
  entity as resource_type,
  action_date as last_action_date,
  action as last_action_type,
  field as field_name,
  before as previous_value,
  after as replacement_value,
  '{{ icarol__system() }}' as updated_by,
  {{ icarol__child_origin('metadata', 'field') }}
from fact as owner
{% endmacro %}
