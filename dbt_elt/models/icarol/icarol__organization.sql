select
  {{ hsds_id('icarol', 'agency', 'num') }} as id,
  name,
  cast(null as varchar) as alternate_name,
  description,
  email,
  website,
  cast(null as varchar) as tax_status,
  cast(null as varchar) as tax_id,
  cast(null as varchar) as year_incorporated,
  cast(null as varchar) as legal_status,
  cast(null as varchar) as logo,
  cast(null as varchar) as uri,
  cast(null as varchar) as parent_organization_id,
  _tenant,
  _state,
  'icarol' as _system,
  'agency' as _source_table,
  num as _source_id,
  _load_id
from {{ ref('icarol__record') }}
where {{ in_state() }} and kind = 'Agency'
