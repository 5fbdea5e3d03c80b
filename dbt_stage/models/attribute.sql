{# Custom attributes carry the label that the tenant gave to their source column. #}
select
  {{ stage_columns({'label': case_of("e.label", adapt_choice('custom_attributes'), "e.label")}) }}
from {{ elt('attribute') }} as e
where {{ hangs_on_published('link_id', 'link_entity', ['organization', 'service', 'location', 'service_at_location']) }}
