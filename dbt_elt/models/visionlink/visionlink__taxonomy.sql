select
  {{ entity_row('taxonomy', 'visionlink', 'taxonomy', 'source_key', {
    'name': 'name',
    'description': 'description',
  }) }}
from (
  select t.source_key, t.name, t.description, r._state, max(r._load_id) as _load_id
  from {{ raw_rows('visionlink', 'service') }} as r
  cross join (
    select 'human_services' as source_key, 'Human services taxonomy' as name,
      'Codes of the taxonomy that the resource database is indexed with' as description
    union all
    select 'visionlink_fields', 'VisionLink fields', 'Fields of the resource database that HSDS has no place for'
  ) as t
  group by t.source_key, t.name, t.description, r._state
) as taxonomies
