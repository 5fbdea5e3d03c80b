{# Every agency, with what decides over it. #}
{% macro airs_agency_row(system) %}
select
  c.*,
  {{ airs_record_shown() }} as is_shown,
  not {{ airs_refused(nested_text(airs_first('info'), "'@AvailableForReferral'")) }} as is_referred
from (
  select
    {{ clean_text('Key') }} as agency_key,
    {{ clean_text('ParentAgencyKey') }} as parent_key,
    {{ plain_text('Name') }} as name,
    {{ rich_text('AgencyDescription') }} as description,
    {{ re_find('YearInc', '(1[6-9]|20)[0-9]{2}') }} as year_incorporated,
    {{ plain_text('LegalStatus') }} as legal_status,
    {{ clean_text('FEIN') if privacy_choice('publish_identifiers') else 'cast(null as varchar)' }} as fein,
    {{ nested('AKA_json') }} as aka,
    {{ nested('Phone_json') }} as phones,
    {{ nested('URL_json') }} as urls,
    {{ nested('SocialMedia_json') }} as media,
    {{ nested('Email_json') }} as emails,
    {{ nested('Contact_json') }} as contacts,
    {{ nested('LicenseAccreditation_json') }} as licenses,
    {{ nested('ResourceInfo_json') }} as info,
    Status, ExcludeFromWebsite, ExcludeFromDirectory, DeleteStamp, deleteEffective, deleteOccurredDate,
    _state,
    _load_id
  from {{ raw_rows(system, 'agency') }} as r
) as c
where agency_key is not null
{% endmacro %}

{# The agencies that may be seen: shown themselves, and all agencies around them. One whose parent is
   not there is not seen. #}
{% macro airs_agency(system) %}
with recursive agencies as (
  select * from {{ ref(system ~ '_agency_row') }}
),

seen as (
  select agency_key from agencies where parent_key is null and is_shown
  union
  select a.agency_key
  from agencies as a
  join seen as s on s.agency_key = a.parent_key
  where a.is_shown
)

select a.*, {{ hsds_id(system, 'agency', 'a.agency_key') }} as organization_id
from agencies as a
where a.agency_key in (select agency_key from seen)
{% endmacro %}

{% macro airs_organization(system) %}
with agencies as (select * from {{ ref(system ~ '_agency') }}),

names as ({{ airs_other_names('agencies', 'agency_key') }}),

site as (
  select a.agency_key, {{ clean_url(airs_text('i.item', 'Address')) }} as url, i.place
  from agencies as a
  {{ airs_items('a.urls', 'i') }}
  where {{ clean_url(airs_text('i.item', 'Address')) }} is not null
  qualify row_number() over (partition by a.agency_key order by i.place) = 1
),

mail as (
  select a.agency_key, {{ clean_email(airs_text('i.item', 'Address')) }} as email, i.place
  from agencies as a
  {{ airs_items('a.emails', 'i') }}
  where {{ clean_email(airs_text('i.item', 'Address')) }} is not null
  qualify row_number() over (partition by a.agency_key order by i.place) = 1
)

select
  {{ entity_row('organization', system, 'agency', 'agency_key', {
    'name': 'name',
    'alternate_name': 'alternate_name',
    'description': 'description',
    'email': 'email',
    'website': 'website',
    'year_incorporated': 'year_incorporated',
    'legal_status': 'legal_status',
    'parent_organization_id': hsds_id(system, 'agency', 'parent_key'),
  }) }}
from (
  select
    a.agency_key,
    a.parent_key,
    coalesce(a.name, n.names, a.agency_key) as name,
    n.names as alternate_name,
    a.description,
    m.email,
    s.url as website,
    a.year_incorporated,
    a.legal_status,
    a._state,
    a._load_id
  from agencies as a
  left join names as n on n.owner = a.agency_key
  left join site as s on s.agency_key = a.agency_key
  left join mail as m on m.agency_key = a.agency_key
) as organizations
{% endmacro %}

{# Tax numbers, only for a tenant that publishes them. #}
{% macro airs_organization_identifier(system) %}
select
  {{ entity_row('organization_identifier', system, 'organization_identifier', "agency_key || ':fein'", {
    'organization_id': 'organization_id',
    'identifier_scheme': "'US-EIN'",
    'identifier_type': "'EIN'",
    'identifier': 'fein',
  }) }}
from {{ ref(system ~ '_agency') }} as a
where fein is not null
{% endmacro %}

{# Web addresses of an agency beyond the first, and those in social media that are addresses. #}
{% macro airs_url(system) %}
with listed as (
  select
    a.agency_key,
    a.organization_id,
    {{ clean_url(airs_text('i.item', 'Address')) }} as url,
    {{ plain_text(airs_text('i.item', 'Note')) }} as label,
    i.place,
    a._state,
    a._load_id
  from {{ ref(system ~ '_agency') }} as a
  {{ airs_items('a.urls', 'i') }}
  union all
  select
    a.agency_key,
    a.organization_id,
    {{ clean_url(airs_text('i.item', 'SocialMediaHandle')) }},
    coalesce({{ plain_text(airs_text('i.item', 'Note')) }}, 'Social media'),
    1000 + i.place,
    a._state,
    a._load_id
  from {{ ref(system ~ '_agency') }} as a
  {{ airs_items('a.media', 'i') }}
),

ranked as (
  select
    l.*,
    rank() over (partition by agency_key order by case when place < 1000 then place else 999999 end) as turn,
    row_number() over (partition by agency_key, url order by place) as copy
  from listed as l
  where url is not null
)

select
  {{ entity_row('url', system, 'url', "'agency:' || agency_key || ':' || url", {
    'organization_id': 'organization_id',
    'label': 'label',
    'url': 'url',
  }) }}
from ranked
where copy = 1 and (turn > 1 or place > 1000)
{% endmacro %}

{# A service group by its key, and by its agency's as well where a key stands at several agencies. #}
{% macro airs_group(system) %}
select
  g.*,
  {{ hsds_id(system, 'service_group', 'group_id') }} as program_id
from (
  select
    c.*,
    case when count(*) over (partition by group_key) = 1 then group_key else c.agency_key || ':' || group_key end as group_id
  from (
    select
      {{ clean_text('Key') }} as group_key,
      {{ clean_text('ParentAgencyKey') }} as agency_key,
      coalesce({{ plain_text('ProgramName') }}, {{ plain_text('Name') }}) as name,
      {{ plain_text('Name') }} as own_name,
      {{ airs_deleted() }} as is_deleted,
      _state,
      _load_id
    from {{ raw_rows(system, 'service_group') }} as r
  ) as c
) as g
join {{ ref(system ~ '_agency') }} as a on a.agency_key = g.agency_key
where g.group_key is not null and not g.is_deleted
{% endmacro %}

{% macro airs_program(system) %}
select
  {{ entity_row('program', system, 'service_group', 'group_id', {
    'organization_id': hsds_id(system, 'agency', 'agency_key'),
    'name': 'coalesce(name, group_id)',
    'alternate_name': 'case when own_name <> name then own_name end',
  }) }}
from {{ ref(system ~ '_group') }} as g
{% endmacro %}
