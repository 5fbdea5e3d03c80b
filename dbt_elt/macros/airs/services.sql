{# The SiteServices that may be seen, each with the service that it belongs to.
   SiteServices of one group (or of one key) that say the same are one service, offered at several sites;
   its source id (`service_key`) is the lowest of theirs, hidden ones included, so that a hidden or a
   moved one seldom changes it. Phones, hours and areas are no part of the comparison: what all share
   belongs to the service, the rest to the SiteService.
   A SiteService is known by its key, and by its site's as well where a key stands at several sites. #}
{% macro airs_service_row(system) %}
with cleaned as (
  select
    {{ clean_text('Key') }} as own_key,
    {{ airs_place_table('ParentSite') }} as place_table,
    {{ clean_text('ParentSiteKey') }} as site_key,
    {{ clean_text('ParentAgencyKey') }} as agency_key,
    {{ clean_text('ServiceGroupKey') }} as group_key,
    {{ plain_text('Name') }} as name,
    {{ rich_text('Description') }} as description,
    case coalesce(lower({{ clean_text('Status') }}), 'active')
      when 'active' then 'active'
      when 'inactive' then 'inactive'
      when 'defunct' then 'defunct'
    end as status,
    {{ rich_text('FeeStructure') }} as fees,
    {{ clean_text('PaymentMethodAccepted') }} as payments,
    {{ plain_text('GenderRequirements') }} as gender,
    {{ nested('ResourceInfo_json') }} as info,
    {%- for column, name in airs_service_lists().items() %}
    {{ nested(column ~ '_json') }} as {{ name }},
    {%- endfor %}
    {{ airs_deleted() }} as is_deleted,
    _state,
    _load_id
  from {{ raw_rows(system, 'site_service') }} as r
),

keyed as (
  select
    c.*,
    case
      when count(*) over (partition by own_key) = 1 then own_key
      when place_table = 'site' then site_key || ':' || own_key
      else place_table || ':' || site_key || ':' || own_key
    end as row_key
  from cleaned as c
  where own_key is not null
),

grouped as (
  select
    k.*,
    first_value(row_key) over (
      partition by
        agency_key, group_key, coalesce(group_key, own_key), name, description, status, fees, payments, gender,
        {%- for name in airs_service_lists().values() if name not in ('phones', 'contacts', 'hours', 'seasons', 'areas') %}
        cast({{ name }} as varchar){{ "," if not loop.last }}
        {%- endfor %}
      order by length(row_key), row_key
    ) as service_key
  from keyed as k
  where row_key not in {{ literals(adapt_choice('hide_services') or ['']) }}
),

judged as (
  select
    g.*,
    not is_deleted and status is not null
      and not {{ airs_refused(nested_text(airs_first('info'), "'@AvailableForDirectory'")) }} as is_shown,
    not {{ airs_refused(nested_text(airs_first('info'), "'@AvailableForReferral'")) }} as is_referred
  from grouped as g
)

select
  j.own_key,
  j.row_key,
  j.service_key,
  j.place_table,
  j.site_key,
  j.agency_key,
  j.group_key,
  j.name,
  j.description,
  case when j.status = 'active' and not (j.is_referred and a.is_referred) then 'inactive' else j.status end as status,
  j.status = 'active' and j.is_referred and a.is_referred as is_offered,
  j.fees,
  j.payments,
  j.gender,
  {%- for name in airs_service_lists().values() %}
  j.{{ name }},
  {%- endfor %}
  a.licenses as agency_licenses,
  {{ airs_date("coalesce(" ~ nested_text(airs_first('j.info'), "'@DateLastVerified'") ~ ", " ~ nested_text(airs_first('a.info'), "'@DateLastVerified'") ~ ")") }} as assured_date,
  {{ airs_date("coalesce(" ~ nested_text(airs_first('j.info'), "'@DateOfLastAction'") ~ ", " ~ nested_text(airs_first('a.info'), "'@DateOfLastAction'") ~ ")") }} as updated_on,
  p.location_id,
  a.organization_id,
  {{ hsds_id(system, 'site_service', 'j.service_key') }} as service_id,
  {{ hsds_id(system, 'service_at_location', 'j.row_key') }} as service_at_location_id,
  count(*) over (partition by j.service_key) as rows_of_service,
  j._state,
  j._load_id
from judged as j
join {{ ref(system ~ '_place') }} as p on p.place_table = j.place_table and p.site_key = j.site_key
join {{ ref(system ~ '_agency') }} as a on a.agency_key = p.agency_key
where j.is_shown
{% endmacro %}

{# Lists of a SiteService, as columns of the row. #}
{% macro airs_service_lists() %}
  {{ return({
    'Phone': 'phones', 'Contact': 'contacts', 'URL': 'urls', 'Email': 'emails', 'TimeOpen': 'hours', 'Seasonal': 'seasons',
    'GeographicAreaServed': 'areas', 'Languages': 'languages', 'Taxonomy': 'taxonomy', 'DocumentsRequired': 'documents',
    'ApplicationProcess': 'steps', 'GeneralEligibility': 'general', 'AgeRequirements': 'ages', 'FamilyRequirements': 'family',
    'IncomeRequirements': 'income', 'ResidencyRequirements': 'residency', 'OtherRequirements': 'other_needs',
    'AidRequirements': 'aid', 'LicenseAccreditation': 'licenses',
  }) }}
{% endmacro %}

{# One row for each service: the SiteService that it is named by, or the lowest that may be seen. #}
{% macro airs_service_head(system) %}
select *
from {{ ref(system ~ '_service_row') }} as r
qualify row_number() over (partition by service_key order by length(row_key), row_key) = 1
{% endmacro %}

{% macro airs_service(system) %}
{%- set license = joined([plain_text(airs_text('i.item', 'License')), plain_text(airs_text('i.item', 'LicensedBy'))], ', ') -%}
with heads as (select * from {{ ref(system ~ '_service_head') }}),

steps as ({{ airs_joined('heads', 'service_key', ['steps'],
  joined([clean_text(airs_text('i.item', 'Step')), clean_text(airs_text('i.item', 'Description'))], ': '), '\n') }}),

needs as ({{ airs_joined('heads', 'service_key', ['general', 'ages', 'family', 'income', 'residency', 'other_needs', 'aid'],
  rich_text(airs_value('i.item')), '; ') }}),

ages as (
  -- An age without a limit takes the limit away.
  select
    h.service_key,
    case when count(*) = count({{ parse_number(nested_text('i.item', "'@MinimumAge'")) }}) then min({{ parse_number(nested_text('i.item', "'@MinimumAge'")) }}) end as minimum_age,
    case when count(*) = count({{ parse_number(nested_text('i.item', "'@MaximumAge'")) }}) then max({{ parse_number(nested_text('i.item', "'@MaximumAge'")) }}) end as maximum_age
  from heads as h
  {{ airs_items('h.ages', 'i') }}
  group by h.service_key
),

licenses as ({{ airs_joined('heads', 'service_key', ['licenses'], license, '; ') }}),

agency_licenses as ({{ airs_joined('heads', 'service_key', ['agency_licenses'], license, '; ') }}),

site as (
  select h.service_key, {{ clean_url(airs_text('i.item', 'Address')) }} as url
  from heads as h
  {{ airs_items('h.urls', 'i') }}
  where {{ clean_url(airs_text('i.item', 'Address')) }} is not null
  qualify row_number() over (partition by h.service_key order by i.place) = 1
),

mail as (
  select h.service_key, {{ clean_email(airs_text('i.item', 'Address')) }} as email
  from heads as h
  {{ airs_items('h.emails', 'i') }}
  where {{ clean_email(airs_text('i.item', 'Address')) }} is not null
  qualify row_number() over (partition by h.service_key order by i.place) = 1
),

program as (
  select h.service_key, g.program_id, g.name
  from heads as h
  join {{ ref(system ~ '_group') }} as g on g.group_key = h.group_key
  qualify row_number() over (
    partition by h.service_key order by case when g.agency_key = h.agency_key then 1 else 2 end, g.agency_key
  ) = 1
),

changed as (
  select service_key, max(updated_on) as updated_on, max(assured_date) as assured_date
  from {{ ref(system ~ '_service_row') }} as r
  group by service_key
)

select
  {{ entity_row('service', system, 'site_service', 'service_key', {
    'id': 'service_id',
    'organization_id': 'organization_id',
    'program_id': 'program_id',
    'name': 'coalesce(name, group_name, service_key)',
    'description': 'description',
    'url': 'url',
    'email': 'email',
    'status': 'status',
    'application_process': 'application_process',
    'fees_description': 'fees',
    'accreditations': 'accreditations',
    'eligibility_description': 'eligibility',
    'minimum_age': 'minimum_age',
    'maximum_age': 'maximum_age',
    'assured_date': 'assured_date',
    'last_modified': 'cast(updated_on as timestamp)',
  }) }}
from (
  select
    h.service_key,
    h.service_id,
    h.organization_id,
    h.name,
    h.description,
    h.status,
    h.fees,
    p.program_id,
    p.name as group_name,
    u.url,
    m.email,
    t.texts as application_process,
    coalesce(l.texts, k.texts) as accreditations,
    {{ joined(['n.texts', 'h.gender'], '; ') }} as eligibility,
    a.minimum_age,
    a.maximum_age,
    c.assured_date,
    c.updated_on,
    h._state,
    h._load_id
  from heads as h
  left join program as p on p.service_key = h.service_key
  left join site as u on u.service_key = h.service_key
  left join mail as m on m.service_key = h.service_key
  left join steps as t on t.owner = h.service_key
  left join needs as n on n.owner = h.service_key
  left join ages as a on a.service_key = h.service_key
  left join licenses as l on l.owner = h.service_key
  left join agency_licenses as k on k.owner = h.service_key
  left join changed as c on c.service_key = h.service_key
) as services
{% endmacro %}

{# What is inactive, defunct or not to be referred to is offered nowhere. #}
{% macro airs_service_at_location(system) %}
select
  {{ entity_row('service_at_location', system, 'site_service', 'row_key', {
    'id': 'service_at_location_id',
    'service_id': 'service_id',
    'location_id': 'location_id',
  }) }}
from {{ ref(system ~ '_service_row') }} as s
where is_offered
{% endmacro %}
