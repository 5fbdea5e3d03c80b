{# A phone slot is one block: number, name, description, type and private flag of the same record. A
   withheld slot shadows what it would have inherited. #}
{% macro icarol__phone_sql() %}
with
inherited as (
  select owner.*, slot.name, slot.standing, slot.number, slot.extension, slot.type, slot.description
  from {{ icarol__ref('owner') }} as owner
  inner join {{ icarol__ref('slot') }} as slot on slot.num = owner.num
  qualify row_number() over (partition by owner.entity_id, slot.name order by owner.place_in_line) = 1
)

select
  {{ icarol__child_id('phone', 'name', '') }},
  {{ icarol__owner_key('location', '') }},
  {{ icarol__owner_key('service', '') }},
  {{ icarol__owner_key('organization', '') }},
  cast(null as varchar) as contact_id,
  {{ icarol__owner_key('service_at_location', '') }},
  number,
  extension,
  type,
  description,
  {{ icarol__child_origin('phone', 'name', '') }}
from inherited
where standing = 'public'
union all
select
  {{ hsds_id('icarol', 'phone', "_source_id || ':phone1'") }} as id,
  cast(null as varchar) as location_id,
  cast(null as varchar) as service_id,
  cast(null as varchar) as organization_id,
  contact_id,
  cast(null as varchar) as service_at_location_id,
  {{ phone_number('phone') }} as number,
  {{ phone_extension('phone') }} as extension,
  'voice' as type,
  cast(null as varchar) as description,
  _tenant,
  _state,
  _system,
  'phone' as _source_table,
  _source_id || ':phone1' as _source_id,
  _load_id
from {{ icarol__ref('person') }}
where {{ phone_number('phone') }} is not null
{% endmacro %}
