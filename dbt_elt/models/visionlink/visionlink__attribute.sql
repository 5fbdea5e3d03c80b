select
  {{ entity_row('attribute', 'visionlink', 'attribute', 'source_key', {
    'link_id': 'link_id',
    'link_entity': 'entity',
    'link_type': 'link_type',
    'taxonomy_term_id': hsds_id('visionlink', 'taxonomy_term', "taxonomy || ':' || code"),
    'value': 'value',
    'label': 'label',
  }) }}
from {{ ref('visionlink_annotation') }} as a
