{# One row per record: the language that counts, texts clean, each private block withheld. A withheld
   address or phone leaves only the word `withheld`, so that it still shadows what it would have
   inherited; its own values go no further than this model.
     rows    a relation with the columns of the CSV export, as sources.yml names them
     slots   phone slots that stand in columns
     flags   columns that `rows` has besides: HoursIsPrivate #}
{% macro icarol__row_sql(rows, slots, flags=[]) %}
{% set link_columns = icarol__link_columns() %}
{% set texts = icarol__texts() %}
{% set people = privacy_choice('publish_contacts') %}
with
landed as (
  select
    *,
    {{ icarol__landed_columns() }}
  from {{ rows }} as raw_row
),

-- A bilingual record is one record: the tenant's first locale stands for it, else the next.
record_row as (
  select *
  from landed
  where num <> '' and kind is not null
  qualify row_number() over (
    partition by num
    order by
      case
        {%- for locale in locales() %}
        when language = {{ literal(locale[:2]) }} then {{ loop.index0 * 10 }}
        {%- endfor %}
        when language is null then 5
        else 1000
      end,
      language, _row_number, _load_id
  ) = 1
),

-- A pure link says nothing of its own.
own as (
  select
    {%- if execute %}
    {%- for column in icarol__columns() + flags %}
    {%- if column in link_columns %}
    {{ column }},
    {%- else %}
    case when not link_only then {{ column }} end as {{ column }},
    {%- endif %}
    {%- endfor %}
    {%- endif %}
    num, kind, language, link_only, _state, _load_id, _row_number
  from record_row
),

judged as (
  select
    *,
    {{ icarol__is_private('PhysicalAddressIsPrivate', 'unflagged_addresses') }} as physical_private,
    {{ icarol__is_private('MailingAddressIsPrivate', 'unflagged_addresses') }} as mailing_private,
    coalesce({{ clean_text('PhysicalAddress1') }}, {{ clean_text('PhysicalAddress2') }}, {{ clean_text('PhysicalCity') }}, {{ clean_text('PhysicalPostalCode') }}) is not null as physical_here,
    coalesce({{ clean_text('MailingAddress1') }}, {{ clean_text('MailingAddress2') }}, {{ clean_text('MailingCity') }}, {{ clean_text('MailingPostalCode') }}) is not null as mailing_here,
    {%- for slot in slots %}
    {{ icarol__is_private(slot.prefix ~ 'IsPrivate', 'unflagged_phones') }} as {{ slot.name }}_private,
    {{ phone_number(slot.number) }} as {{ slot.name }}_given,
    {%- endfor %}
    {{ parse_number('Latitude') }} as latitude_given,
    {{ parse_number('Longitude') }} as longitude_given
  from own
),

decided as (
  select
    *,
    coalesce(latitude_given between -90 and 90 and longitude_given between -180 and 180
      and latitude_given <> 0 and longitude_given <> 0, false) as coordinates_here,
    -- A mailing address that repeats the withheld address would give it away.
    mailing_private
      or (physical_private and coalesce(lower(trim(MailingAddress1)) in (lower(trim(PhysicalAddress1)), lower(trim(PhysicalAddress2))), false)) as mailing_withheld
  from judged
)

select
  num,
  kind,
  language,
  case when kind = 'agency' then num else nullif(trim(ParentAgencyNum), '0') end as agency_num,
  case when kind = 'program_at_site' then nullif(trim(ConnectsToProgramNum), '0') end as program_num,
  case when kind = 'site' then num when kind = 'program_at_site' then nullif(trim(ConnectsToSiteNum), '0') end as site_num,

  {{ icarol__visibility() }} as visibility,

  {{ texts.name }} as name,
  {{ texts.alternate_name }} as alternate_name,
  {{ texts.official_name }} as official_name,
  {{ texts.description }} as description,
  {{ clean_email('EmailAddressMain') }} as email,
  {{ clean_text('WebsiteAddress') }} as websites,
  {{ without(plain_text('LegalStatus'), ['none or unknown', '-1']) }} as legal_status,
  {{ re_find('trim(YearIncorporated)', '^(1[6-9]|20)[0-9][0-9]$') }} as year_incorporated,
  {% if privacy_choice('publish_identifiers') %}{{ clean_text('FEIN') }}{% else %}cast(null as varchar){% endif %} as fein,

  {{ texts.eligibility }} as eligibility,
  {{ texts.application_process }} as application_process,
  {{ texts.fees }} as fees,
  {{ clean_text('PaymentMethods') }} as payment_methods,
  {{ clean_text('DocumentsRequired') }} as documents,
  {{ texts.accreditations }} as accreditations,
  {{ clean_text('NormalWaitTime') }} as wait_time,
  {{ clean_text('LanguagesOfferedList') }} as language_list,
  {{ texts.language_text }} as language_text,
  {%- for column in icarol__facets() %}
  {{ parse_bool(column) }} as {{ column }},
  {%- endfor %}
  {{ clean_text('TaxonomyCodes') }} as taxonomy_codes,
  {% if privacy_choice('publish_taxonomy_names') %}{{ clean_text('TaxonomyTerms') }}{% else %}cast(null as varchar){% endif %} as taxonomy_names,
  coalesce({{ clean_text('Coverage') }}, {{ clean_text('CoverageArea') }}) as coverage_list,
  {{ clean_text('CoverageAreaText') }} as coverage_text,
  {{ clean_text('Hours') }} as hours,
  {{ texts.hours_text }} as hours_text,
  {{ 'coalesce(' ~ parse_bool('HoursIsPrivate') ~ ', false)' if 'HoursIsPrivate' in flags else 'false' }} as hours_withheld,
  {{ texts.message }} as message,
  {{ texts.message_from }} as message_from,
  {{ texts.message_until }} as message_until,

  case
    when physical_private and (physical_here or coordinates_here or PhysicalAddressIsPrivate is not null) then 'withheld'
    when physical_here or coordinates_here then 'public'
  end as physical,
  {%- for name, column in [('address_1', 'Address1'), ('address_2', 'Address2'), ('city', 'City'), ('county', 'County'), ('state', 'StateProvince'), ('postal_code', 'PostalCode'), ('country', 'Country')] %}
  case when not physical_private then {{ without(clean_text('Physical' ~ column), ['-1']) }} end as physical_{{ name }},
  {%- endfor %}
  {%- for name, column in [('city', 'City'), ('county', 'County')] %}
  {% if privacy_choice('county_of_private_address') -%}
  case when physical_private then {{ without(clean_text('Physical' ~ column), ['-1']) }} end
  {%- else -%}
  cast(null as varchar)
  {%- endif %} as withheld_{{ name }},
  {%- endfor %}
  case when coordinates_here and not physical_private then latitude_given end as latitude,
  case when coordinates_here and not physical_private then longitude_given end as longitude,

  case when mailing_here and mailing_withheld then 'withheld' when mailing_here then 'public' end as mailing,
  {%- for name, column in [('attention', 'AttentionName'), ('address_1', 'Address1'), ('address_2', 'Address2'), ('city', 'City'), ('state', 'StateProvince'), ('postal_code', 'PostalCode'), ('country', 'Country')] %}
  case when not mailing_withheld then {{ without(clean_text('Mailing' ~ column), ['-1']) }} end as mailing_{{ name }},
  {%- endfor %}

  {{ texts.accessibility }} as accessibility,
  -- How to find a withheld address is withheld with it.
  {{ texts.location_description }} as location_description,
  {{ texts.bus_access }} as bus_access,
  {{ texts.transportation }} as transportation,

  {%- for slot in slots %}
  {%- set hidden = slot.name ~ '_private' %}
  {%- set name = plain_text(slot.prefix ~ 'Name') if slot.numbered else literal(slot.label) if slot.label else 'cast(null as varchar)' %}
  {%- set description = plain_text(slot.prefix ~ 'Description') %}
  case when {{ slot.name }}_given is null then null when {{ hidden }} then 'withheld' else 'public' end as {{ slot.name }},
  case when not {{ hidden }} then {{ slot.name }}_given end as {{ slot.name }}_number,
  case when not {{ hidden }} then {{ phone_extension(slot.number) }} end as {{ slot.name }}_extension,
  case when not {{ hidden }} then {{ joined([name, description], ': ') }} end as {{ slot.name }}_description,
  {% if slot.numbered %}{{ icarol__phone_type(slot.prefix) }}{% else %}'{{ slot.type }}'{% endif %} as {{ slot.name }}_type,
  {%- endfor %}

  {%- for name, prefix in [('senior', 'SeniorWorker'), ('main', 'MainContact')] %}
  {%- if people %}
  {%- set open = parse_bool(prefix ~ 'IsPrivate') ~ ' = false' %}
  case when {{ clean_text(prefix ~ 'Name') }} is null then null when {{ open }} then 'public' else 'withheld' end as {{ name }},
  case when {{ open }} then {{ plain_text(prefix ~ 'Name') }} end as {{ name }}_name,
  case when {{ open }} then {{ plain_text(prefix ~ 'Title') }} end as {{ name }}_title,
  case when {{ open }} then {{ clean_email(prefix ~ 'EmailAddress') }} end as {{ name }}_email,
  case when {{ open }} then {{ clean_text(prefix ~ 'PhoneNumber') }} end as {{ name }}_phone,
  {%- else %}
  {%- for part in ['', '_name', '_title', '_email', '_phone'] %}
  cast(null as varchar) as {{ name ~ part }},
  {%- endfor %}
  {%- endif %}
  {%- endfor %}

  {{ parse_date('LastVerifiedOn') }} as verified_on,
  {{ parse_timestamp('UpdatedOn') }} as updated_at,
  {{ parse_timestamp('EnteredOn') }} as entered_at,
  {{ clean_text('UniqueIDPriorSystem') }} as prior_id,
  link_only,
  '{{ tenant() }}' as _tenant,
  _state,
  _load_id,
  _row_number
from decided
{% endmacro %}
