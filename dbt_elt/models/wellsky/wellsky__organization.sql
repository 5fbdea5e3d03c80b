select
  {{ entity_row('organization', 'wellsky', 'organization', 'organization_key', {
    'name': 'name',
    'alternate_name': 'alternate_name',
    'description': 'description',
    'email': 'email',
    'website': 'website',
    'year_incorporated': 'year_incorporated',
    'legal_status': 'legal_status',
  }) }}
from (
  select
    {{ clean_text('ID') }} as organization_key,
    coalesce({{ plain_text('NAME') }}, {{ plain_text('ALTERNATE_NAME') }}, {{ clean_text('ID') }}) as name,
    {{ plain_text('ALTERNATE_NAME') }} as alternate_name,
    {{ rich_text('DESCRIPTION') }} as description,
    {{ clean_email('EMAIL') }} as email,
    coalesce({{ clean_url('URL') }}, {{ clean_url('WEBSITE_ADDRESS') }}) as website,
    {{ re_find('YEAR_INCORPORATED', '(1[6-9]|20)[0-9]{2}') }} as year_incorporated,
    {{ plain_text('LEGAL_STATUS') }} as legal_status,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'organization') }} as r
  where {{ clean_text('ID') }} is not null and {{ wellsky_record_shown() }}
) as organizations
