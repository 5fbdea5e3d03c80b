select
  {{ entity_row('required_document', 'visionlink', 'required_document', "'service:' || service_key", {
    'service_id': hsds_id('visionlink', 'service', 'service_key'),
    'document': rich_text('ServiceSystem_DocumentsRequired'),
  }) }}
from {{ ref('visionlink_service_row') }} as s
where {{ rich_text('ServiceSystem_DocumentsRequired') }} is not null
