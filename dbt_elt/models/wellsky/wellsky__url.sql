{# The second web address of an organization that gives two. #}
select
  {{ entity_row('url', 'wellsky', 'url', "organization_key || ':website_address'", {
    'organization_id': hsds_id('wellsky', 'organization', 'organization_key'),
    'url': 'second',
  }) }}
from (
  select
    {{ clean_text('ID') }} as organization_key,
    {{ clean_url('URL') }} as website,
    {{ clean_url('WEBSITE_ADDRESS') }} as second,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'organization') }} as r
) as organizations
where organization_key is not null
  and second <> website
