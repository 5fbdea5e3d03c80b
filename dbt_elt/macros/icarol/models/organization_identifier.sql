{# Tax numbers, where the tenant publishes them. #}
{% macro icarol__organization_identifier_sql() %}
select
  {{ hsds_id('icarol', 'organization_identifier', "'agency:' || num || ':fein'") }} as id,
  {{ hsds_id('icarol', 'agency', 'num') }} as organization_id,
  'US-EIN' as identifier_scheme,
  'EIN' as identifier_type,
  fein as identifier,
  {{ icarol__origin("'organization_identifier'", "'agency:' || num || ':fein'") }}
from {{ icarol__ref('record') }}
where {{ in_state() }} and kind = 'agency' and {{ re_has('fein', '[1-9]') }}
{% endmacro %}
