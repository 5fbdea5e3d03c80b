{# Hours of a week come as {"open": {"Monday": [[[9, 0], [19, 0]]]}}: for each day a list of ranges, each a
   pair of [hour, minute]. One row for each distinct range with its days. They are published only if every
   part of the cell is a time of day; the free text is published in any case. 24:00 is 23:59 in HSDS. #}
with cells as (
  select
    'agency:' || {{ clean_text('Agency_Id') }} as owner,
    cast(null as varchar) as service_id,
    {{ hsds_id('visionlink', 'location_of_agency', clean_text('Agency_Id')) }} as location_id,
    {{ nested('AgencyHoursofoperation_ModuleHoursofoperation') }} as week,
    {{ rich_text('AgencySystem_HoursOfOperation') }} as said,
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency') }} as r
  where {{ clean_text('Agency_Id') }} is not null
  union all
  select
    'service:' || service_key,
    {{ hsds_id('visionlink', 'service', 'service_key') }},
    null,
    {{ nested('ServiceHoursofoperation_ModuleHoursofoperation') }},
    {{ rich_text('ServiceSystem_Hoursofoperation') }},
    _state,
    _load_id
  from {{ ref('visionlink_service_row') }} as s
),

days as (
  select c.owner, c.service_id, c.location_id, d.day, {{ nested_get('c.opened', 'd.name') }} as ranges, c._state, c._load_id
  from (select *, {{ nested_get('week', "'open'") }} as opened from cells) as c
  cross join (
    {%- for name in ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] %}
    select '{{ name[:2] | upper }}' as day, '{{ name }}' as name
    {{ "union all" if not loop.last }}
    {%- endfor %}
  ) as d
  where c.opened is not null
),

clock as (
  select
    d.*,
    {%- for end, place in [('opens', 0), ('closes', 1)] %}
    {{ try_cast(nested_text(nested_get('i.item', place), 0), 'integer') }} as {{ end }}_hour,
    {{ try_cast(nested_text(nested_get('i.item', place), 1), 'integer') }} as {{ end }}_minute
    {{- "," if not loop.last }}
    {%- endfor %}
  from days as d
  {{ nested_rows('d.ranges', 'i') }}
),

times as (
  select
    k.*
    {%- for end in ['opens', 'closes'] %},
    case
      when {{ end }}_hour = 24 and {{ end }}_minute = 0 then '23:59'
      when {{ end }}_hour between 0 and 23 and {{ end }}_minute between 0 and 59
        then lpad(cast({{ end }}_hour as varchar), 2, '0') || ':' || lpad(cast({{ end }}_minute as varchar), 2, '0')
    end as {{ end }}_at
    {%- endfor %}
  from clock as k
)

select
  {{ entity_row('schedule', 'visionlink', 'schedule', 'source_key', {
    'service_id': 'service_id',
    'location_id': 'location_id',
    'freq': 'freq',
    'interval': "case when freq is not null then '1' end",
    'byday': 'byday',
    'opens_at': 'opens_at',
    'closes_at': 'closes_at',
    'description': 'said',
  }) }}
from (
  select
    owner || ':' || opens_at || '-' || closes_at as source_key,
    service_id,
    location_id,
    'WEEKLY' as freq,
    rtrim(
      {%- for day in ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] %}
      max(case when day = '{{ day }}' then '{{ day }},' else '' end){{ " ||" if not loop.last }}
      {%- endfor %}, ','
    ) as byday,
    opens_at,
    closes_at,
    cast(null as varchar) as said,
    _state,
    _load_id
  from times
  where owner not in (select owner from times where opens_at is null or closes_at is null)
  group by owner, service_id, location_id, opens_at, closes_at, _state, _load_id
  union all
  select owner || ':text', service_id, location_id, null, null, null, null, said, _state, _load_id
  from cells
  where said is not null
) as schedules
