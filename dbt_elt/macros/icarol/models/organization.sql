{% macro icarol__organization_sql() %}
select
  {{ hsds_id('icarol', 'agency', 'num') }} as id,
  name,
  {{ joined(["nullif(alternate_name, name)", "case when official_name not in (name, coalesce(alternate_name, '')) then official_name end"], '; ') }} as alternate_name,
  coalesce(description, name) as description,
  email,
  {{ clean_url('websites') }} as website,
  cast(null as varchar) as tax_status,
  cast(null as varchar) as tax_id,
  year_incorporated,
  legal_status,
  cast(null as varchar) as logo,
  cast(null as varchar) as uri,
  cast(null as varchar) as parent_organization_id,
  {{ icarol__origin("'agency'", 'num') }}
from {{ icarol__ref('record') }}
where {{ in_state() }} and kind = 'agency'
{% endmacro %}
