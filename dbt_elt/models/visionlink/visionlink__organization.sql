select
  {{ entity_row('organization', 'visionlink', 'agency', 'agency_key', {
    'name': 'coalesce(name, alternate_name, agency_key)',
    'alternate_name': 'alternate_name',
    'description': 'description',
    'email': 'email',
    'website': 'website',
    'year_incorporated': 'year_incorporated',
  }) }}
from {{ ref('visionlink_agency_row') }} as a
