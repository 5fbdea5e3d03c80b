{# Hours of each day come as spans of From and To. A row for each span with its days, under the notes of
   the hours that it belongs to. A span that is no pair of times is told as text; so are notes that stand
   alone. Seasons are rows of their own; a single one with two dates bounds the service's hours, too. #}
{% macro airs_schedule(system) %}
{%- set days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] -%}
with owners as (
  select
    'site_service:' || row_key as holder, service_key, row_key, service_id, service_at_location_id,
    cast(null as varchar) as location_id, rows_of_service, hours, seasons, _state, _load_id
  from {{ ref(system ~ '_service_row') }} as s
  union all
  select place_key, null, null, null, null, location_id, 1, hours, null, _state, _load_id
  from {{ ref(system ~ '_place') }} as p
),

items as (
  select o.holder, i.item, i.place, {{ rich_text(airs_text('i.item', 'Notes')) }} as notes
  from owners as o
  {{ airs_items('o.hours', 'i') }}
),

spans as (
  {%- for day in days %}
  select
    t.holder, t.place, t.notes, {{ loop.index }} as turn, '{{ day[:2] | upper }}' as day, '{{ day }}' as day_name,
    {{ clean_text(airs_text('d.item', 'From')) }} as said_from,
    {{ clean_text(airs_text('d.item', 'To')) }} as said_to,
    {{ clean_text(airs_value('d.item')) }} as said
  from (select x.*, {{ nested_get('x.item', literal(day)) }} as listed from items as x) as t
  {{ airs_items('t.listed', 'd') }}
  {{ "union all" if not loop.last }}
  {%- endfor %}
),

clock as (
  select s.*, {{ airs_time('said_from') }} as opens, {{ airs_time('said_to') }} as closes
  from spans as s
),

seasons as (
  select
    o.holder,
    {{ plain_text(airs_text('i.item', 'Description')) }} as said,
    {{ plain_text(airs_text('i.item', 'StartDate')) }} as said_from,
    {{ plain_text(airs_text('i.item', 'EndDate')) }} as said_to,
    {{ airs_date(airs_text('i.item', 'StartDate')) }} as valid_from,
    {{ airs_date(airs_text('i.item', 'EndDate')) }} as valid_to,
    count(*) over (partition by o.holder) as seasons
  from owners as o
  {{ airs_items('o.seasons', 'i') }}
),

told as (
  select
    c.holder,
    rtrim(
      {%- for day in days %}
      max(case when day = '{{ day[:2] | upper }}' then '{{ day[:2] | upper }},' else '' end){{ " ||" if not loop.last }}
      {%- endfor %}, ','
    ) as byday,
    opens,
    closes,
    notes as said,
    max(s.valid_from) as valid_from,
    max(s.valid_to) as valid_to
  from clock as c
  left join seasons as s
    on s.holder = c.holder and s.seasons = 1 and s.valid_from is not null and s.valid_to is not null
  where opens is not null and closes is not null
  group by c.holder, c.place, opens, closes, notes
  union all
  select
    holder, null, null, null,
    day_name || ': ' || {{ joined(['said', 'said_from', 'said_to'], ' - ') }} || coalesce(' (' || notes || ')', ''),
    null, null
  from clock
  where (opens is null or closes is null) and {{ joined(['said', 'said_from', 'said_to'], ' - ') }} is not null
  union all
  select i.holder, null, null, null, i.notes, null, null
  from items as i
  where i.notes is not null
    and not exists (
      select 1 from clock as c
      where c.holder = i.holder and c.place = i.place and {{ joined(['c.said', 'c.said_from', 'c.said_to'], ' - ') }} is not null
    )
  union all
  select
    holder, null, null, null,
    {{ joined(['said', "case when valid_from is null or valid_to is null then " ~ joined(['said_from', 'said_to'], ' - ') ~ " end"], ': ') }},
    case when valid_to is not null then valid_from end,
    case when valid_from is not null then valid_to end
  from seasons
  where coalesce(said, said_from, said_to) is not null
),

placed as (
  select
    o.holder, o.service_key, o.row_key, o.service_id, o.service_at_location_id, o.location_id,
    t.byday, t.opens, t.closes, t.said, t.valid_from, t.valid_to,
    o.service_key is not null
      and count(*) over (partition by o.service_key, t.byday, t.opens, t.closes, t.said, t.valid_from, t.valid_to) = o.rows_of_service as is_shared,
    o._state,
    o._load_id
  from (select distinct * from told) as t
  join owners as o on o.holder = t.holder
)

select
  {{ entity_row('schedule', system, 'schedule', "owner || ':' || md5(content)", {
    'service_id': 'service_id',
    'service_at_location_id': 'service_at_location_id',
    'location_id': 'location_id',
    'valid_from': 'valid_from',
    'valid_to': 'valid_to',
    'freq': "case when byday is not null then 'WEEKLY' end",
    'interval': "case when byday is not null then '1' end",
    'byday': 'byday',
    'opens_at': 'opens',
    'closes_at': 'closes',
    'description': 'said',
  }) }}
from (
  select distinct
    case when is_shared then 'service:' || service_key else holder end as owner,
    case when is_shared then service_id end as service_id,
    case when not is_shared then service_at_location_id end as service_at_location_id,
    location_id,
    byday, opens, closes, said, valid_from, valid_to,
    coalesce(byday, '') || '|' || coalesce(opens, '') || '|' || coalesce(closes, '') || '|' || coalesce(said, '') || '|'
      || coalesce(cast(valid_from as varchar), '') || '|' || coalesce(cast(valid_to as varchar), '') as content,
    _state,
    _load_id
  from placed
) as schedules
{% endmacro %}
