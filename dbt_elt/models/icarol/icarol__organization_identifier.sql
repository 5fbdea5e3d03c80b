{# Tax numbers, where the tenant publishes them. #}
select
  {{ hsds_id('icarol', 'organization_identifier', "'agency:' || num || ':fein'") }} as id,
  {{ hsds_id('icarol', 'agency', 'num') }} as organization_id,
  'US-EIN' as identifier_scheme,
  'EIN' as identifier_type,
  fein as identifier,
  {{ icarol__origin("'organization_identifier'", "'agency:' || num || ':fein'") }}
from {{ ref('icarol__record') }}
where {{ in_state() }} and kind = 'agency' and {{ re_has('fein', '[1-9]') }}
