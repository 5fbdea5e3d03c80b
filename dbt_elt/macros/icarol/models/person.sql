{# People whom the tenant publishes and whose flag says that they are not private: an agency's, a
   program's, and for a service at a location its link's or else its program's. #}
{% macro icarol__person_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),

person as (
  {%- for name in ['senior', 'main'] %}
  {{ 'union all' if not loop.first }}
  select num, kind, '{{ name }}' as role, {{ name }} as standing, {{ name }}_name as name, {{ name }}_title as title, {{ name }}_email as email, {{ name }}_phone as phone
  from record where {{ name }} is not null
  {%- endfor %}
),

inherited as (
  select owner.*, person.role, person.standing, person.name, person.title, person.email, person.phone
  from {{ icarol__ref('owner') }} as owner
  inner join person on person.num = owner.num
    and (
      (owner.entity = 'organization' and person.kind = 'agency')
      or (owner.entity = 'service' and person.kind = 'program')
      or (owner.entity = 'service_at_location' and person.kind in ('program_at_site', 'program'))
    )
  qualify row_number() over (partition by owner.entity_id, person.role order by owner.place_in_line) = 1
)

select
  {{ hsds_id('icarol', 'contact', "entity_key || ':' || role") }} as contact_id,
  entity,
  entity_id,
  name,
  title,
  email,
  phone,
  {{ icarol__child_origin('contact', 'role', '') }}
from inherited
where standing = 'public'
{% endmacro %}
