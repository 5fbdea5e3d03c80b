select
  {{ entity_row('contact', 'visionlink', 'contact', 'person_key', {
    'organization_id': hsds_id('visionlink', 'agency', 'agency_key'),
    'name': 'name',
    'title': 'title',
    'email': 'email',
  }) }}
from {{ ref('visionlink_person') }} as p
