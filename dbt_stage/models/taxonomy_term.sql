{# Terms that a published record uses; a parent that none uses is not named. #}
{%- set in_use = ids_of(published('attribute'), 'taxonomy_term_id') -%}
select
  {{ stage_columns({'parent_id': "case when e.parent_id in " ~ in_use ~ " then e.parent_id end"}) }}
from {{ elt('taxonomy_term') }} as e
where e.id in {{ in_use }}
