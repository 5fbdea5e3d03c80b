{%- set name = case_of("e._source_id", adapt_choice('rename_organizations'), "e.name") -%}
select
  {{ stage_columns({
    'name': name,
    'description': "case when e.description = e.name then " ~ name ~ " else e.description end",
  }) }}
from {{ elt('organization') }} as e
