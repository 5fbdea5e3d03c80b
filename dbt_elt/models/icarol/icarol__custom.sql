{# What the tenant publishes of its Custom_* columns. #}
with
record as (select num, link_only, _row_number, _load_id from {{ ref('icarol__record') }} where {{ in_state() }})

select cast(null as varchar) as num, cast(null as varchar) as field, cast(null as varchar) as label, cast(null as varchar) as value
where 1 = 0
{%- for column, label in icarol__custom_columns().items() %}
union all
select record.num, {{ literal(column) }}, {{ literal(label) }}, {{ clean_text('custom.' ~ column) }}
from record
inner join {{ raw_rows('icarol', 'resource', extra=icarol__custom_columns().keys() | list) }} as custom
  on trim(custom.ResourceAgencyNum) = record.num and custom._row_number = record._row_number and custom._load_id = record._load_id
where not record.link_only
{%- endfor %}
