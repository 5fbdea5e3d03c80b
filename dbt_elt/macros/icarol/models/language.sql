{# Languages of services (a program's, else its agency's) and of locations (the site's own). #}
{% macro icarol__language_sql() %}
with
record as (
  select
    num, kind, agency_num,
    replace(replace(coalesce(language_list, case when not {{ icarol__is_prose('language_text') }} then language_text end), ',', ';'), '/', ';') as languages
  from {{ icarol__ref('record') }}
  where {{ in_state() }}
),

spoken as (
  select record.num, record.kind, {{ plain_text('item.part') }} as name
  from record
  {{ split_list('record.languages', ';', 'item') }}
  where item.part <> '' and lower(item.part) not in ('none', 'n/a', '-1')
),

owner as (
  select owner.*
  from {{ icarol__ref('owner') }} as owner
  where owner.entity in ('service', 'location')
  union all
  select owner.entity, owner.entity_id, owner.entity_key, 2, record.agency_num, owner._load_id
  from {{ icarol__ref('owner') }} as owner
  inner join record on record.num = owner.num and record.kind = 'program'
  where owner.entity = 'service'
),

chosen as (
  select owner.*
  from owner
  inner join (select distinct num from spoken) as speaker on speaker.num = owner.num
  qualify row_number() over (partition by owner.entity_id order by owner.place_in_line) = 1
)

select
  {{ icarol__child_id('language', 'spoken.name', 'chosen.') }},
  {{ icarol__owner_key('service', 'chosen.') }},
  {{ icarol__owner_key('location', 'chosen.') }},
  cast(null as varchar) as phone_id,
  spoken.name,
  {{ language_code('spoken.name') }} as code,
  cast(null as varchar) as note,
  {{ icarol__child_origin('language', 'spoken.name', 'chosen.') }}
from chosen
inner join spoken on spoken.num = chosen.num
{% endmacro %}
