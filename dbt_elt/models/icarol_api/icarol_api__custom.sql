{# What the tenant publishes of its custom fields: adapt.custom_attributes names them by their label. #}
with
wanted as (
  select cast(null as varchar) as heading, cast(null as varchar) as field, cast(null as varchar) as label where 1 = 0
  {%- for heading, label in (adapt_choice('custom_attributes') or {}).items() %}
  union all
  select {{ literal(heading | trim | lower) }}, {{ literal(raw_column(heading)) }}, {{ literal(label) }}
  {%- endfor %}
),

item as (
  select
    resource.row_key,
    lower(coalesce({% for key in ['label', 'name', 'title'] %}{{ plain_text(nested_text('item.item', literal(key))) }}{{ ', ' if not loop.last }}{% endfor %})) as heading,
    coalesce({{ clean_text(nested_text('item.item', "'valueText'")) }}, {{ nested_joined(nested_get('item.item', "'selectedValues'"), '; ') }}) as value,
    {{ icarol_api__hides(nested_text('item.item', "'isConfidential'")) }} as withheld
  from {{ ref('icarol_api__resource') }} as resource
  {{ nested_rows(nested('resource.customFields'), 'item') }}
)

select record.num, wanted.field, wanted.label, item.value
from {{ ref('icarol_api__record') }} as record
inner join item on item.row_key = record._load_id || ':' || record._row_number
inner join wanted on wanted.heading = item.heading
where record.{{ in_state() }} and not record.link_only and not item.withheld and item.value <> ''
