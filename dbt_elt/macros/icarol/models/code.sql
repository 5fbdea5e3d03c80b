{# Taxonomy codes of a record, one a row. `A * B` is the service term A modified by the target term B:
   both are rows, and both say in which pair they stand. Names come with the codes by position, and
   only where both lists agree in length. #}
{% macro icarol__code_sql() %}
with
record as (
  select num, taxonomy_codes, taxonomy_names from {{ icarol__ref('record') }}
  where {{ in_state() }} and taxonomy_codes is not null
),

item as (
  select record.num, item.place, {{ re_replace('item.part', ' *[*] *', ' * ') }} as part, count(*) over (partition by record.num) as items
  from record
  {{ split_list('record.taxonomy_codes', ';', 'item') }}
  where item.part <> ''
),

name as (
  select record.num, item.place, {{ re_replace('item.part', ' *[*] *', ' * ') }} as part, count(*) over (partition by record.num) as items
  from record
  {{ split_list('record.taxonomy_names', ';', 'item') }}
  where item.part <> ''
),

code as (
  select item.num, item.part as pair, upper(code.part) as code, code.place, name.part as names
  from item
  {{ split_list('item.part', '*', 'code') }}
  left join name on name.num = item.num and name.place = item.place and name.items = item.items
  where code.part <> ''
)

select
  num,
  code,
  case when pair like '%*%' then pair end as pair,
  case when place = 1 then 'service' else 'target' end as link_type,
  nullif(trim(split_part(names, '*', cast(place as integer))), '') as name
from code
{% endmacro %}
