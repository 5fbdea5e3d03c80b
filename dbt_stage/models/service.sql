{# Published services: active, not hidden by the tenant, and past the tenant's gates. #}
{%- set offered = elt('service_at_location') -%}
{%- set areas = elt('service_area') -%}
select
  {{ stage_columns() }}
from {{ elt('service') }} as e
where e.status in ('active', 'temporarily closed')
{%- if adapt_choice('hide_services') %}
  and e._source_id not in {{ literals(adapt_choice('hide_services')) }}
{%- endif %}
{%- if adapt_choice('require_location') %}
  and e.id in {{ ids_of(offered, 'service_id') }}
{%- endif %}
{%- if adapt_choice('require_service_area') %}
  and (
    e.id in {{ ids_of(areas, 'service_id') }}
    or e.id in (
      select o.service_id
      from {{ offered }} as o
      join {{ areas }} as a on a.service_at_location_id = o.id
    )
  )
{%- endif %}
