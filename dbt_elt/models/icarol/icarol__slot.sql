{# Phones of the records, a row for each slot that is filled. #}
with
record as (select * from {{ ref('icarol__record') }} where {{ in_state() }})

{%- for slot in icarol__phone_slots() %}
{{ 'union all' if not loop.first }}
select num, '{{ slot.name }}' as name, {{ slot.name }} as standing, {{ slot.name }}_number as number, {{ slot.name }}_extension as extension, {{ slot.name }}_type as type, {{ slot.name }}_description as description
from record where {{ slot.name }} is not null
{%- endfor %}
