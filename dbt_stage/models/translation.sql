{# Texts of the source in the tenant's other locales, of rows that are published. A name that the tenant
   gave an organization stands in every language. #}
{%- set renamed = adapt_choice('rename_organizations') %}
select
  {{ stage_columns() }}
from {{ elt('translation') }} as e
where e.locale in {{ literals(locales()[1:]) }}
  and {{ hangs_on_published('id', 'entity', ['organization', 'service', 'location', 'service_at_location']) }}
{%- if renamed %}
  and not (
    e.entity = 'organization'
    and e.id in (
      select o.id
      from {{ elt('organization') }} as o
      where o._source_id in {{ literals(renamed.keys()) }} and (e.field = 'name' or (e.field = 'description' and o.description = o.name))
    )
  )
{%- endif %}
