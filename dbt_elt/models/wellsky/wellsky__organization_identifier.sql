{# Tax numbers, only for a tenant that publishes them. #}
select
  {{ entity_row('organization_identifier', 'wellsky', 'organization_identifier', "organization_key || ':tax_id'", {
    'organization_id': hsds_id('wellsky', 'organization', 'organization_key'),
    'identifier_scheme': "'US-EIN'",
    'identifier_type': "'EIN'",
    'identifier': 'tax_id',
  }) }}
from (
  select
    {{ clean_text('ID') }} as organization_key,
    {{ clean_text('TAX_ID') if privacy_choice('publish_identifiers') else 'cast(null as varchar)' }} as tax_id,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'organization') }} as r
) as organizations
where organization_key is not null and tax_id is not null
