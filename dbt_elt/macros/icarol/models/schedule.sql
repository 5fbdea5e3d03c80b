{# The text of the hours always; rows by weekday only where every part of the structured column can be
   read without guessing. Hours are one block: text and structure of the same record; withheld
   ones shadow what would have been inherited. #}
{% macro icarol__schedule_sql() %}
with
record as (
  select num, hours, hours_text from {{ icarol__ref('record') }}
  where {{ in_state() }} and (hours_text is not null or hours_withheld)
),

part as (
  select record.num, item.place, {{ icarol__hours_words('item.part') }} as words
  from record
  {{ split_list('record.hours', ';', 'item') }}
  where item.part <> ''
),

opening as (
  select
    num,
    place,
    {{ re_group('words', icarol__day_pattern(), 1) }} as day,
    {{ re_replace('words', '^[a-z]+[.,:]*[ ]*', '') }} as span
  from part
),

clock as (
  select
    num,
    day,
    span,
    {%- for n, first in [(1, 1), (2, 5)] %}
    {{ try_cast(re_group('span', icarol__span_pattern(), first), 'integer') }} as hour_{{ n }},
    coalesce({{ try_cast(re_group('span', icarol__span_pattern(), first + 2), 'integer') }}, 0) as minute_{{ n }},
    {{ re_group('span', icarol__span_pattern(), first + 3) }} as half_{{ n }},
    {%- endfor %}
    {{ re_has('span', '^[0-9]+:[0-9]+ *- *[0-9]+:[0-9]+$') }} as is_plain
  from opening
),

minutes as (
  select
    num,
    day,
    span,
    -- Minutes since midnight; null where the span is not clear.
    case
      when span = '24/7' then 0
      when half_1 is not null and half_2 is not null and hour_1 between 1 and 12 and minute_1 < 60
        then (hour_1 % 12) * 60 + minute_1 + case half_1 when 'pm' then 720 else 0 end
      when is_plain and hour_1 < 24 and minute_1 < 60 then hour_1 * 60 + minute_1
    end as opens,
    case
      when span = '24/7' then 1439
      when half_1 is not null and half_2 is not null and hour_2 between 1 and 12 and minute_2 < 60
        then (hour_2 % 12) * 60 + minute_2 + case half_2 when 'pm' then 720 else 0 end
      when is_plain and (hour_2 < 24 or (hour_2 = 24 and minute_2 = 0)) and minute_2 < 60 then hour_2 * 60 + minute_2
    end as closes,
    is_plain and not (
      -- Without am and pm a span is clear only as a 24-hour clock.
      (hour_2 * 60 + minute_2 > hour_1 * 60 + minute_1 and (span like '0%' or hour_2 >= 13)) or hour_1 >= 13
    ) as is_ambiguous
  from clock
),

parsed as (
  select
    num,
    day,
    -- Midnight as an end is the last minute of the day.
    case when span <> '' then opens end as opens,
    case when span <> '' then case when closes in (0, 1440) then 1439 else closes end end as closes,
    day is not null and (span = '' or (opens is not null and closes is not null and not coalesce(is_ambiguous, false))) as is_clear
  from minutes
),

clear_record as (
  select num from parsed group by num having count(*) = count(case when is_clear then 1 end)
),

row_of_hours as (
  select
    parsed.num,
    {{ icarol__clock_text('opens') }} as opens_at,
    {{ icarol__clock_text('closes') }} as closes_at,
    rtrim(
      {%- for day in ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] %}
      max(case when day = '{{ day }}' then '{{ day[:2] | upper }},' else '' end){{ ' ||' if not loop.last }}
      {%- endfor %}, ','
    ) as byday
  from parsed
  inner join clear_record on clear_record.num = parsed.num
  group by parsed.num, opens, closes
),

owner as (
  select owner.*, record.hours_text
  from {{ icarol__ref('owner') }} as owner
  inner join record on record.num = owner.num
  where owner.entity <> 'organization'
  qualify row_number() over (partition by owner.entity_id order by owner.place_in_line) = 1
),

schedule as (
  select owner.*, 'text' as name, cast(null as varchar) as byday, cast(null as varchar) as opens_at, cast(null as varchar) as closes_at, hours_text as description
  from owner
  where hours_text is not null
  union all
  select owner.*, row_of_hours.byday || coalesce('-' || opens_at || '-' || closes_at, ''), row_of_hours.byday, opens_at, closes_at, null
  from owner
  inner join row_of_hours on row_of_hours.num = owner.num
)

select
  {{ icarol__child_id('schedule', 'name', '') }},
  {{ icarol__owner_key('service', '') }},
  {{ icarol__owner_key('location', '') }},
  {{ icarol__owner_key('service_at_location', '') }},
  cast(null as varchar) as valid_from,
  cast(null as varchar) as valid_to,
  cast(null as varchar) as dtstart,
  cast(null as varchar) as timezone,
  cast(null as varchar) as until,
  cast(null as varchar) as count,
  cast(null as varchar) as wkst,
  case when byday is not null then 'WEEKLY' end as freq,
  case when byday is not null then '1' end as {{ column_name('interval') }},
  byday,
  cast(null as varchar) as byweekno,
  cast(null as varchar) as bymonthday,
  cast(null as varchar) as byyearday,
  description,
  opens_at,
  closes_at,
  cast(null as varchar) as schedule_link,
  cast(null as varchar) as attending_type,
  cast(null as varchar) as notes,
  {{ icarol__child_origin('schedule', 'name', '') }}
from schedule
{% endmacro %}
