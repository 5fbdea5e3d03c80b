{# NAME is the code. ALTERNATE_NAME is the licensed name of the term; the definition is never read. #}
select
  {{ entity_row('taxonomy_term', 'wellsky', 'taxonomy_term', "'human_services:' || code", {
    'code': 'code',
    'name': 'name',
    'description': 'name',
    'taxonomy': "'human_services'",
    'taxonomy_id': hsds_id('wellsky', 'taxonomy', "'human_services'"),
  }) }}
from (
  select
    upper({{ clean_text('NAME') }}) as code,
    min({{ plain_text('ALTERNATE_NAME') if privacy_choice('publish_taxonomy_names') else 'cast(null as varchar)' }}) as name,
    _state,
    max(_load_id) as _load_id
  from {{ raw_rows('wellsky', 'services') }} as r
  where {{ wellsky_shown('ISACTIVE') }}
  group by 1, 3
) as terms
where code is not null
