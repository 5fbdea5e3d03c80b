select
  {{ entity_row('contact', 'wellsky', 'contact', 'contact_key', {
    'organization_id': "case when owner = 'organization' then " ~ hsds_id('wellsky', 'organization', 'owner_key') ~ " end",
    'location_id': "case when owner = 'location' then " ~ hsds_id('wellsky', 'location', 'owner_key') ~ " end",
    'name': 'name',
    'title': 'title',
    'email': 'email',
  }) }}
from {{ ref('wellsky_contact_row') }} as c
where coalesce(name, title, email, phone) is not null
