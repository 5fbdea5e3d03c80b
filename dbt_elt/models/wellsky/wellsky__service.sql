{# Fees of "None" are an answer, so an organization's text does not replace them. #}
select
  {{ entity_row('service', 'wellsky', 'service_group', 'service_key', {
    'organization_id': hsds_id('wellsky', 'organization', 'organization_key'),
    'name': 'name',
    'description': 'description',
    'email': 'email',
    'status': 'status',
    'application_process': 'application_process',
    'fees_description': 'fees',
    'eligibility_description': 'eligibility',
    'assured_date': 'assured_date',
    'last_modified': 'last_modified',
  }) }}
from (
  select
    s.service_key,
    s.organization_key,
    coalesce(s.name, s.code, s.service_key) as name,
    s.description,
    s.email,
    s.status,
    coalesce(s.application_process, f.application_process) as application_process,
    coalesce(s.fees, f.fees) as fees,
    coalesce(s.eligibility, f.eligibility) as eligibility,
    f.assured_date,
    max(s.updated_at) over (partition by s.service_key) as last_modified,
    s._state,
    s._load_id
  from {{ ref('wellsky_service_row') }} as s
  left join {{ ref('wellsky_fallback') }} as f on f.organization_key = s.organization_key
  qualify row_number() over (partition by s.service_key order by length(s.row_key), s.row_key) = 1
) as services
