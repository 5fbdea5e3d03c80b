{# How a row's own words, its kind and its visibility are read: of the row that stands for a record, and of
   the rows that say the same in other languages. #}

{# A landed row: number, kind, whether it is a mere link, language. #}
{% macro icarol__landed_columns() -%}
    trim(ResourceAgencyNum) as num,
    case lower(trim(TaxonomyLevelName))
      when 'agency' then 'agency'
      when 'program' then 'program'
      when 'site' then 'site'
      when 'programatsite' then 'program_at_site'
    end as kind,
    coalesce({{ parse_bool('IsLinkOnly') }}, false) and lower(trim(TaxonomyLevelName)) = 'programatsite' as link_only,
    {{ language_tag('LanguageOfRecord') }} as language
{%- endmacro %}

{# 0 hidden, 1 published but not to be referred to, 2 active. #}
{% macro icarol__visibility() -%}
  case
    when {{ parse_bool('Custom_Deleted_Record') }} then 0
    when link_only then 2
    when {{ parse_bool('ExcludeFromWebsite') }} or {{ parse_bool('ExcludeFromDirectory') }} then 0
    when {{ parse_bool('AvailableForDirectory') }} = false then 0
    when lower(trim(AgencyStatus)) = 'active' and {{ parse_bool('AvailableForReferral') }} = false then 1
    when lower(trim(AgencyStatus)) = 'active' then 2
    when lower(trim(AgencyStatus)) like 'active%not refer%' then 1
    when coalesce(trim(AgencyStatus), '') = '' and {{ parse_timestamp('MadeInactiveOn') }} is null then 2
    else 0
  end
{%- endmacro %}

{# Texts that readers see, by the names of icarol__row; `physical_private` is a column beside them. #}
{% macro icarol__texts() %}
  {%- set texts = {
    'name': 'coalesce(' ~ plain_text('PublicName') ~ ', ' ~ plain_text('OfficialName') ~ ', ' ~ plain_text('AlternateName') ~ ')',
    'alternate_name': plain_text('AlternateName'),
    'official_name': plain_text('OfficialName'),
    'description': rich_text('AgencyDescription'),
    'eligibility': clean_text('Eligibility'),
    'application_process': clean_text('ApplicationProcess'),
    'fees': clean_text('FeeStructureSource'),
    'accreditations': clean_text('LicenseAccreditation'),
    'language_text': clean_text('LanguagesOffered'),
    'hours_text': 'coalesce(' ~ clean_text('HoursOfOperation') ~ ', ' ~ clean_text('Hours') ~ ')',
    'message': clean_text('TemporaryMessage'),
    'message_from': parse_date('TemporaryMessageAppears'),
    'message_until': parse_date('TemporaryMessageExpires'),
    'accessibility': clean_text('DisabilitiesAccess'),
  } -%}
  {#- How to find a withheld address is withheld with it. -#}
  {%- for name, column in [('location_description', 'PhysicalLocationDescription'), ('bus_access', 'BusServiceAccess'), ('transportation', 'PublicAccessTransportation')] -%}
    {%- do texts.update({name: 'case when not physical_private then ' ~ clean_text(column) ~ ' end'}) -%}
  {%- endfor -%}
  {{ return(texts) }}
{% endmacro %}
