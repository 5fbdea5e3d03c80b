{# Tax numbers, only for a tenant that publishes them. #}
select
  {{ entity_row('organization_identifier', 'visionlink', 'organization_identifier', "agency_key || ':tax_id'", {
    'organization_id': hsds_id('visionlink', 'agency', 'agency_key'),
    'identifier_scheme': "'US-EIN'",
    'identifier_type': "'EIN'",
    'identifier': 'tax_id',
  }) }}
from (
  select
    {{ clean_text('Agency_Id') }} as agency_key,
    {{ clean_text('AgencySystem_TaxId') if privacy_choice('publish_identifiers') else 'cast(null as varchar)' }} as tax_id,
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency') }} as r
) as agencies
where agency_key is not null and tax_id is not null
