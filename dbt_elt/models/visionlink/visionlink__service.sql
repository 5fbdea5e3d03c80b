select
  {{ entity_row('service', 'visionlink', 'service', 'service_key', {
    'organization_id': hsds_id('visionlink', 'agency', 'agency_key'),
    'name': "coalesce(" ~ plain_text('ServiceSystem_Name') ~ ", " ~ plain_text('ServiceSystem_Aka') ~ ", service_key)",
    'alternate_name': plain_text('ServiceSystem_Aka'),
    'description': rich_text('ServiceSystem_Description'),
    'url': clean_url('ServiceSystem_Websiteurl'),
    'email': clean_email('ServiceSystem_EmailAddress'),
    'status': "'active'",
    'application_process': rich_text('ServiceSystem_ApplicationintakeProcess'),
    'fees_description': rich_text('ServiceSystem_FeeStructure'),
    'eligibility_description': rich_text('ServiceSystem_Eligibility'),
    'assured_date': parse_date('ServiceSystem_DateOfLastCompleteUpdate'),
    'last_modified': 'edited_at',
  }) }}
from {{ ref('visionlink_service_row') }} as s
