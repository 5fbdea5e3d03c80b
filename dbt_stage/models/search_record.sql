{# What a search application shows and searches: one flat row for each published service at a
   location, and one for a published service without any. Everything beside the service is joined
   from the left: a record never disappears for want of a phone, an area or a term. #}
{%- set levels = {
  'service_at_location': 'service_at_location_id',
  'service': 'service_id',
  'location': 'location_id',
  'organization': 'organization_id',
} -%}
with records as (
  select
    coalesce(sal.id, s.id) as id,
    coalesce(esal._source_id, es._source_id) as original_id,
    sal.id as service_at_location_id,
    sal.location_id,
    s.id as service_id,
    s.organization_id
  from {{ published('service') }} as s
  join {{ elt('service') }} as es on es.id = s.id
  left join {{ published('service_at_location') }} as sal on sal.service_id = s.id
  left join {{ elt('service_at_location') }} as esal on esal.id = sal.id
),

phone_words as (
  select
    p.*,
    e._source_id,
    coalesce(lower({{ stage_texts(['p.type', 'p.description', "replace(e._source_id, ':', ' ')"]) }}), '') as said
  from {{ published('phone') }} as p
  join {{ elt('phone') }} as e on e.id = p.id
  where p.contact_id is null
),

phone_kinds as (
  select p.*, {{ phone_kind('p.said', 'p.description') }} as kind
  from phone_words as p
),

phones as (
  select p.*, {{ place_in('p.kind', adapt_choice('phone_order')) }} as place
  from phone_kinds as p
),

phone_choices as (
  {%- for level in adapt_choice('phone_fallback') %}
  select r.id as owner, {{ loop.index }} as nearness, p.place, p._source_id, p.id, p.number, p.extension
  from records as r
  join phones as p on p.{{ levels[level] }} = r.{{ levels[level] }}
  where p.place is not null
  {{ "union all" if not loop.last }}
  {%- else %}
  select p.id as owner, 1 as nearness, p.place, p._source_id, p.id, p.number, p.extension from phones as p where 1 = 0
  {%- endfor %}
),

phone as (
  select
    owner,
    number || coalesce(' x' || cast(cast(extension as bigint) as varchar), '') as phone
  from phone_choices
  qualify row_number() over (partition by owner order by nearness, place, _source_id, id) = 1
),

hours as (
  select *, {{ hours_text('h') }} as composed
  from {{ published('schedule') }} as h
  where h.valid_to is null
),

hours_choices as (
  {%- for level in ['service_at_location', 'service', 'location'] %}
  select r.id as owner, {{ loop.index }} as nearness, h.description, h.composed
  from records as r
  join hours as h on h.{{ levels[level] }} = r.{{ levels[level] }}
  {{ "union all" if not loop.last }}
  {%- endfor %}
),

hours_best as (
  select owner, coalesce(description, composed) as part
  from hours_choices
  where coalesce(description, composed) is not null
  qualify dense_rank() over (
    partition by owner order by nearness, case when description is null then 1 else 0 end
  ) = 1
),

hours_text as ({{ stage_list("select owner, part from hours_best") }}),

areas as (
  {%- set areas -%}
    select r.id as owner, coalesce(a.name, a.description) as part
    from records as r
    join {{ published('service_area') }} as a on a.service_id = r.service_id
    union all
    select r.id, coalesce(a.name, a.description)
    from records as r
    join {{ published('service_area') }} as a on a.service_at_location_id = r.service_at_location_id
  {%- endset %}
  {{ stage_list(areas) }}
),

languages as (
  {%- set languages -%}
    select r.id as owner, l.name as part
    from records as r
    join {{ published('language') }} as l on l.service_id = r.service_id
    union all
    select r.id, l.name
    from records as r
    join {{ published('language') }} as l on l.location_id = r.location_id
  {%- endset %}
  {{ stage_list(languages) }}
),

linked as (
  select r.id as owner, a.label, a.value, a.taxonomy_term_id
  from records as r
  join {{ published('attribute') }} as a on a.link_entity = 'service' and a.link_id = r.service_id
  union all
  select r.id, a.label, a.value, a.taxonomy_term_id
  from records as r
  join {{ published('attribute') }} as a
    on a.link_entity = 'service_at_location' and a.link_id = r.service_at_location_id
),

terms as (
  select distinct l.owner, t.code, t.name
  from linked as l
  join {{ published('taxonomy_term') }} as t on t.id = l.taxonomy_term_id
  where t.code is not null and l.value is null
),

term_lists as (
  select
    owner,
    {{ dbt.listagg('code', "'; '", 'order by code, name') }} as codes,
    {{ dbt.listagg('name', "'; '", 'order by code, name') }} as names
  from terms
  group by owner
),

attributes as ({{ stage_list("select owner, coalesce(label || ': ', '') || value as part from linked where value is not null") }}),

documents as ({{ stage_list("select service_id as owner, document as part from " ~ published('required_document') ~ " as d") }}),

costs as ({{ stage_list("select service_id as owner, coalesce(option, amount_description) as part from " ~ published('cost_option') ~ " as c") }}),

access as ({{ stage_list("select location_id as owner, description as part from " ~ published('accessibility') ~ " as a") }}),

addresses as (
  select *
  from {{ published('address') }} as a
  where a.address_type = 'physical'
  qualify row_number() over (partition by a.location_id order by a.id) = 1
),

flat as (
  select
    r.id,
    r.original_id,
    r.service_at_location_id,
    r.service_id,
    r.location_id,
    r.organization_id,
    s.program_id,
    {{ display_name(adapt_choice('display_name'), 's.name', 'l.name', 'o.name') }} as display_name,
    phone.phone,
    {{ first_of(adapt_choice('url_fallback'), {'service': 's.url', 'location': 'l.url', 'organization': 'o.website'}) }} as url,
    coalesce(s.email, o.email) as email,
    hours_text.texts as schedule,
    s.name as service_name,
    s.alternate_name as service_alternate_name,
    s.description as service_description,
    s.status as service_status,
    s.alert,
    s.eligibility_description as eligibility,
    s.minimum_age,
    s.maximum_age,
    s.application_process,
    coalesce(s.fees_description, costs.texts) as fees,
    documents.texts as required_documents,
    languages.texts as languages,
    s.interpretation_services,
    l.name as location_name,
    l.alternate_name as location_alternate_name,
    l.description as location_description,
    l.location_type,
    l.transportation,
    access.texts as accessibility,
    a.address_1,
    a.address_2,
    a.city,
    a.region,
    a.state_province,
    a.postal_code,
    a.country,
    l.latitude,
    l.longitude,
    o.name as organization_name,
    o.alternate_name as organization_alternate_name,
    o.description as organization_description,
    o.website as organization_url,
    term_lists.codes as taxonomy_codes,
    term_lists.names as taxonomy_names,
    areas.texts as service_areas,
    attributes.texts as attributes,
    s.assured_date,
    s.last_modified,
    s._tenant,
    s._state
  from records as r
  join {{ published('service') }} as s on s.id = r.service_id
  left join {{ published('organization') }} as o on o.id = r.organization_id
  left join {{ published('location') }} as l on l.id = r.location_id
  left join addresses as a on a.location_id = r.location_id
  left join phone on phone.owner = r.id
  left join hours_text on hours_text.owner = r.id
  left join areas on areas.owner = r.id
  left join languages on languages.owner = r.id
  left join term_lists on term_lists.owner = r.id
  left join attributes on attributes.owner = r.id
  left join documents on documents.owner = r.service_id
  left join costs on costs.owner = r.service_id
  left join access on access.owner = r.location_id
)

select
  {{ stage_columns({'search_text': plain_text(stage_texts([
    'e.display_name', 'e.service_name', 'e.service_alternate_name', 'e.organization_name',
    'e.organization_alternate_name', 'e.location_name', 'e.location_alternate_name', 'e.taxonomy_codes',
    'e.taxonomy_names', 'e.service_areas', 'e.city', 'e.region', 'e.postal_code', 'e.languages', 'e.attributes',
    'e.eligibility', 'e.service_description', 'e.location_description', 'e.organization_description',
  ]))}) }}
from flat as e
