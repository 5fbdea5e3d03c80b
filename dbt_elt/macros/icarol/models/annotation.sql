{# Everything that becomes an attribute: taxonomy codes of services (the program's; else those of its
   links; else those of its sites), of links and of sites, and values that HSDS has no field for,
   under a small taxonomy of field names of our own. #}
{% macro icarol__annotation_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),
owner as (select * from {{ icarol__ref('owner') }}),
offer as (select * from {{ icarol__ref('offer') }} where {{ in_state() }}),
code as (select * from {{ icarol__ref('code') }}),
coded as (select distinct num from code),

code_owner as (
  select owner.entity, owner.entity_id, owner.entity_key, owner.place_in_line, owner.num, owner._load_id
  from owner
  inner join coded on coded.num = owner.num
  where owner.entity in ('service', 'location') or (owner.entity = 'service_at_location' and owner.place_in_line = 1)
  {%- for place_in_line, column in [(2, 'pas_num'), (3, 'site_num')] %}
  union all
  select 'service', offer.service_id, service.entity_key, {{ place_in_line }}, offer.{{ column }}, service._load_id
  from offer
  inner join owner as service on service.entity = 'service' and service.entity_id = offer.service_id
  inner join coded on coded.num = offer.{{ column }}
  {%- endfor %}
),

code_chosen as (
  select *
  from code_owner
  qualify rank() over (partition by entity_id order by place_in_line) = 1
),

value as (
  {%- for column, label in icarol__facets().items() %}
  select num, '{{ column }}' as field, '{{ label }}' as label, 'Yes' as value from record where kind in ('program', 'agency') and {{ column }}
  union all
  {%- endfor %}
  select num, 'NormalWaitTime', 'Wait time', wait_time from record where kind in ('program', 'agency')
  -- Where a link says something else than its program, HSDS has no field at the location.
  {%- for field, label, column in [
    ('Eligibility', 'Eligibility here', 'eligibility'), ('ApplicationProcess', 'How to apply here', 'application_process'),
    ('FeeStructureSource', 'Fees here', 'fees'), ('DocumentsRequired', 'Documents required here', 'documents'),
    ('LanguagesOffered', 'Languages here', 'coalesce(language_list, language_text)'),
  ] %}
  union all
  select num, '{{ field }}', '{{ label }}', {{ column }} from record where kind = 'program_at_site'
  {%- endfor %}
  union all
  select num, 'TemporaryMessage', 'Temporary message', alert from {{ icarol__ref('alert') }}
  where {{ in_state() }} and kind in ('agency', 'site', 'program_at_site')
  union all
  select num, field, label, value from {{ icarol__ref('custom') }}
),

value_owner as (
  select owner.*, record.kind
  from owner
  inner join record on record.num = owner.num
  where owner.entity = case record.kind when 'agency' then 'organization' when 'program' then 'service' when 'site' then 'location' else 'service_at_location' end
    or owner.entity_key like 'service_of_agency:%'
)

select
  code_chosen.entity, code_chosen.entity_id, code_chosen.entity_key, code_chosen._load_id,
  'human_services' as taxonomy,
  code.code,
  code.name as term,
  code.link_type,
  code.pair as value,
  cast(null as varchar) as label,
  coalesce(code.pair || ':', '') || code.code as name,
  '{{ tenant() }}' as _tenant,
  '{{ current_state() }}' as _state
from code_chosen
inner join code on code.num = code_chosen.num
union all
select
  value_owner.entity, value_owner.entity_id, value_owner.entity_key, value_owner._load_id,
  'icarol_fields', value.field, value.label, 'field', value.value, value.label, value.field,
  '{{ tenant() }}', '{{ current_state() }}'
from value_owner
inner join value on value.num = value_owner.num
where value.value is not null
  -- Facets and waiting times are a service's, also where the agency stands for it.
  and (value_owner.entity = 'service' or value_owner.kind <> 'agency' or value.field not in {{ literals(icarol__facets().keys() | list + ['NormalWaitTime']) }})
  and not (value_owner.entity = 'service' and value_owner.kind = 'agency' and value.field in {{ literals(icarol__custom_columns().keys() | list + ['TemporaryMessage']) }})
{% endmacro %}
