{# Codes in use. Without a name the shared model takes the code. #}
select
  {{ entity_row('taxonomy_term', 'visionlink', 'taxonomy_term', "taxonomy || ':' || code", {
    'code': 'code',
    'name': 'name',
    'description': 'name',
    'taxonomy': 'taxonomy',
    'taxonomy_id': hsds_id('visionlink', 'taxonomy', 'taxonomy'),
  }) }}
from (
  select taxonomy, code, min(name) as name, _state, max(_load_id) as _load_id
  from {{ ref('visionlink_annotation') }} as a
  group by taxonomy, code, _state
) as terms
