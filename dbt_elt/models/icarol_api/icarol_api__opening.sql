{# Hours of the records, in the two columns of the CSV export: `hours` is empty where a day says nothing but
   that it is closed; `said` is all that is said. One confidential block withholds all of them. #}
with
block as (
  select
    resource.row_key,
    block.place as block,
    {{ clean_text(nested_text('block.item', "'note'")) }} as note,
    {{ nested_get('block.item', "'days'") }} as days,
    {{ icarol_api__hides(nested_text('block.item', "'isConfidential'")) }} as withheld
  from {{ ref('icarol_api__resource') }} as resource
  {{ nested_rows(nested('resource.hours'), 'block') }}
),

day as (
  select
    block.row_key,
    block.block,
    day.place,
    substr(trim({{ nested_text('day.item', "'dayOfWeek'") }}), 1, 3) as day,
    {%- for end in ['opens', 'closes'] %}
    {{ icarol_api__item(plain_text(nested_text('day.item', literal(end)))) }} as {{ end }}{{ ',' if not loop.last }}
    {%- endfor %}
  from block
  {{ nested_rows('block.days', 'day') }}
),

span as (
  select
    row_key,
    block,
    place,
    day || ' ' || {{ joined(['opens', 'closes'], ' - ') }} as said,
    case
      when lower(opens) <> 'closed' then day || ' ' || {{ joined([icarol_api__clock('opens'), icarol_api__clock('closes')], ' - ') }}
      when opens is null and closes is not null then day || ' ?'
    end as span
  from day
),

week as (
  select row_key, {{ dbt.listagg('said', "'; '", 'order by block, place') }} as said, {{ dbt.listagg('span', "'; '", 'order by block, place') }} as hours
  from span
  group by row_key
),

note as (
  select row_key, {{ dbt.listagg('note', "'; '", 'order by block') }} as note, max(case when withheld then 'Yes' end) as withheld
  from block
  group by row_key
)

select
  note.row_key,
  note.withheld,
  case when note.withheld is null then week.hours end as hours,
  case when note.withheld is null then {{ joined(['note.note', 'week.said'], '; ') }} end as said
from note
left join week on week.row_key = note.row_key
