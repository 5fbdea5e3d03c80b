{{ config(materialized='incremental') }}
select
  ResourceAgencyNum as num, TaxonomyLevelName as kind,
  {{ plain_text('PublicName') }} as name,
  {{ rich_text('AgencyDescription') }} as description,
  {{ clean_url('WebsiteAddress') }} as website,
  {{ clean_email('EmailAddressMain') }} as email,
  '{{ tenant() }}' as _tenant,
  _state,
  _load_id
from {{ raw_rows('icarol', 'resource') }} as raw_row
