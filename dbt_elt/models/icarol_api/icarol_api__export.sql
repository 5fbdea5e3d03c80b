{# The records as the CSV export would show them, so that the same macros read both. What has no column
   there (phones, custom fields) is in models of its own; what the API lacks is null. #}
{%- set values = {
  'ResourceAgencyNum': 'trim(resource.id)',
  'TaxonomyLevelName': icarol_api__level('resource.type'),
  'LanguageOfRecord': 'resource.cultureCode',
  'UniqueIDPriorSystem': 'resource.uniquePriorID',
  'ParentAgencyNum': 'related.agency',
  'ConnectsToProgramNum': 'related.program',
  'ConnectsToSiteNum': 'related.site',
  'IsLinkOnly': 'resource.isLinkOnly',
  'AgencyStatus': icarol_api__status('resource.status'),
  'ExcludeFromDirectory': 'resource.excludeFromDirectory',
  'Custom_Deleted_Record': icarol_api__any_yes(['resource.isConfidential']),
  'PublicName': 'name.of_primary',
  'AlternateName': 'name.of_others',
  'OfficialName': 'name.of_official',
  'AgencyDescription': 'coalesce(' ~ clean_text('resource.description') ~ ', resource.descriptionText)',
  'LegalStatus': icarol_api__text('resource.legalStatus'),
  'LanguagesOffered': icarol_api__text('resource.languagesOffered'),
  'Eligibility': icarol_api__text('resource.eligibility'),
  'ApplicationProcess': icarol_api__text('resource.applicationProcess'),
  'FeeStructureSource': icarol_api__text('resource.fees'),
  'DocumentsRequired': icarol_api__text('resource.requiredDocumentation'),
  'DisabilitiesAccess': icarol_api__text('resource.accessibility', ['disabled', 'text', 'note']),
  'PublicAccessTransportation': icarol_api__member('resource.accessibility', 'public'),
  'TaxonomyCodes': 'taxonomy.codes',
  'TaxonomyTerms': 'taxonomy.terms',
  'Coverage': 'coverage.areas',
  'CoverageAreaText': icarol_api__text('resource.coverageNote'),
  'Hours': 'opening.hours',
  'HoursOfOperation': 'opening.said',
  'HoursIsPrivate': 'opening.withheld',
  'EmailAddressMain': 'reach.email',
  'WebsiteAddress': 'reach.websites',
  'LastVerifiedOn': icarol_api__stamp('resource.lastVerifiedOn'),
  'UpdatedOn': icarol_api__stamp('resource.modified'),
} -%}
{%- for prefix, source in [('Physical', 'physical'), ('Mailing', 'mailing')] -%}
  {%- for column, field in [('Address1', 'line1'), ('Address2', 'line2'), ('City', 'city'), ('StateProvince', 'stateProvince'), ('PostalCode', 'zipPostalCode'), ('Country', 'country')] -%}
    {%- do values.update({prefix ~ column: source ~ '.' ~ field}) -%}
  {%- endfor -%}
  {%- do values.update({prefix ~ 'AddressIsPrivate': source ~ '.withheld'}) -%}
{%- endfor -%}
{%- do values.update({'PhysicalCounty': 'physical.county', 'Latitude': 'physical.latitude', 'Longitude': 'physical.longitude', 'PhysicalLocationDescription': 'physical.description'}) -%}
{%- for prefix, source in [('SeniorWorker', 'senior'), ('MainContact', 'main')] -%}
  {%- do values.update({prefix ~ 'Name': source ~ '.person', prefix ~ 'Title': source ~ '.title', prefix ~ 'IsPrivate': source ~ '.withheld'}) -%}
{%- endfor -%}
{%- set columns = icarol__columns() + ['HoursIsPrivate'] -%}
with
resource as (select * from {{ ref('icarol_api__resource') }}),

detail as (select * from {{ ref('icarol_api__detail') }}),

opening as (select * from {{ ref('icarol_api__opening') }}),

one_name as (
  select
    resource.row_key,
    item.place,
    {{ nested_text('item.item', "'value'") }} as value,
    case
      when {{ re_has("lower(coalesce(" ~ nested_text('item.item', "'purpose'") ~ ", 'primary'))", 'primary|public') }} then 'primary'
      when {{ re_has("lower(" ~ nested_text('item.item', "'purpose'") ~ ")", 'official|legal') }} then 'official'
      else 'other'
    end as sort
  from resource
  {{ nested_rows(nested('resource.names'), 'item') }}
  where not {{ icarol_api__hides(nested_text('item.item', "'isConfidential'")) }}
    and {{ nested_text('item.item', "'value'") }} <> ''
),

ranked_name as (select *, row_number() over (partition by row_key, sort order by place) as nth from one_name),

name as (
  select
    row_key,
    max(case when sort = 'primary' and nth = 1 then value end) as of_primary,
    max(case when sort = 'official' and nth = 1 then value end) as of_official,
    {{ dbt.listagg("case when sort = 'other' then value end", "'; '", 'order by place') }} as of_others
  from ranked_name
  group by row_key
),

one_related as (
  select
    resource.row_key,
    trim({{ nested_text('item.item', "'id'") }}) as num,
    {{ icarol_api__level(nested_text('item.item', "'type'")) }} as level,
    item.place + case when {{ re_has("lower(coalesce(" ~ nested_text('item.item', "'relationship'") ~ ", ''))", 'parent') }} then 0 else 1000000 end as place
  from resource
  {{ nested_rows(nested('resource.related'), 'item') }}
),

ranked_related as (select *, row_number() over (partition by row_key, lower(level) order by place) as nth from one_related where num <> ''),

related as (
  select
    row_key,
    {%- for level in ['agency', 'program', 'site'] %}
    max(case when lower(level) = '{{ level }}' then num end) as {{ level }}{{ ',' if not loop.last }}
    {%- endfor %}
  from ranked_related
  where nth = 1
  group by row_key
),

-- An address that may be shown comes before one that is withheld.
address as (
  select
    *,
    row_number() over (partition by row_key, type order by case when withheld = 'Yes' then 1 else 0 end, place) as nth
  from detail
  where type in ('physicallocation', 'postaladdress')
    and coalesce(line1, line2, city, zipPostalCode, latitude, longitude) is not null
),

person as (
  select *, row_number() over (partition by row_key, role order by place) as nth
  from (
    select *, case when {{ re_has("lower(coalesce(purpose, '') || ' ' || coalesce(label, ''))", 'senior|director') }} then 'senior' else 'main' end as role
    from detail
    where type = 'person' and person is not null
  ) as found
),

ranked_reach as (
  select
    row_key,
    place,
    case when type = 'emailaddress' and row_number() over (partition by row_key, type order by place) = 1 then coalesce(address, url) end as email,
    case when type = 'website' then coalesce(url, address) end as website
  from detail
  where type in ('emailaddress', 'website') and coalesce(withheld, 'No') = 'No'
),

reach as (
  select row_key, max(email) as email, {{ dbt.listagg('website', "' '", 'order by place') }} as websites
  from ranked_reach
  group by row_key
),

one_code as (
  select
    resource.row_key,
    item.place,
    {{ icarol_api__item("case when " ~ nested_is('item.item', 'OBJECT') ~ " then " ~ nested_text('item.item', "'code'") ~ " else " ~ scalar_text('item.item') ~ " end") }} as code,
    {{ icarol_api__item(nested_text('item.item', "'name'")) }} as term
  from resource
  {{ nested_rows(nested('resource.taxonomy'), 'item') }}
  where not {{ icarol_api__hides(nested_text('item.item', "'isConfidential'")) }}
),

taxonomy as (
  select row_key, {{ dbt.listagg('code', "'; '", 'order by place') }} as codes, {{ dbt.listagg('term', "'; '", 'order by place') }} as terms
  from one_code
  where code is not null
  group by row_key
),

one_area as (
  select
    resource.row_key,
    item.place,
    {%- for field in ['city', 'county', 'stateProvince', 'zipPostalCode', 'country'] %}
    {{ without(icarol_api__item(plain_text(nested_text('item.item', literal(field)))), ['-1']) }} as {{ field }}{{ ',' if not loop.last }}
    {%- endfor %}
  from resource
  {{ nested_rows(nested('resource.coverage'), 'item') }}
  where not {{ icarol_api__hides(nested_text('item.item', "'isConfidential'")) }}
    -- What is left out is no area that is served.
    and not {{ re_has("lower(coalesce(" ~ nested_text('item.item', "'purpose'") ~ ", ''))", 'exclu') }}
),

coverage as (
  select row_key, {{ dbt.listagg(icarol_api__area(), "'; '", 'order by place') }} as areas
  from one_area
  group by row_key
)

select
  {%- for column in columns %}
  {{ values.get(column, 'cast(null as varchar)') }} as {{ column }},
  {%- endfor %}
  {%- for column in values if execute and column not in columns %}
  {{ exceptions.raise_compiler_error("the CSV export has no column " ~ column) }}
  {%- endfor %}
  resource._state,
  resource._load_id,
  resource._row_number
from resource
left join name on name.row_key = resource.row_key
left join related on related.row_key = resource.row_key
left join opening on opening.row_key = resource.row_key
left join reach on reach.row_key = resource.row_key
left join taxonomy on taxonomy.row_key = resource.row_key
left join coverage on coverage.row_key = resource.row_key
left join address as physical on physical.row_key = resource.row_key and physical.type = 'physicallocation' and physical.nth = 1
left join address as mailing on mailing.row_key = resource.row_key and mailing.type = 'postaladdress' and mailing.nth = 1
left join person as senior on senior.row_key = resource.row_key and senior.role = 'senior' and senior.nth = 1
left join person as main on main.row_key = resource.row_key and main.role = 'main' and main.nth = 1
