{# Directors and contacts of agencies, only for a tenant that publishes people. #}
{%- set people = {
  'director': ('Director', 'AgencySystem_Directorname', 'AgencySystem_Directorpositiontitle', 'AgencySystem_Directoremail',
    'AgencySystem_Directorphonenumber', 'AgencySystem_Directorphonenumberext'),
  'contact1': (none, 'AgencySystem_Contactname', 'AgencySystem_Contacttitle', 'AgencySystem_ContactEmail',
    'AgencySystem_Contactphonenumber', 'AgencySystem_ContactPhoneNumberExt'),
  'contact2': (none, 'AgencySystem_ContactName2', 'AgencySystem_ContactTitle2', 'AgencySystem_ContactEmail2',
    'AgencySystem_ContactPhoneNumber2', 'AgencySystem_ContactPhoneNumberExt2'),
  'contact3': (none, 'AgencySystem_ContactName3', 'AgencySystem_ContactTitle3', 'AgencySystem_ContactEmail3',
    'AgencySystem_ContactPhoneNumber3', 'AgencySystem_ContactPhoneNumberExt3'),
} -%}
select *
from (
  {%- for role, (fallback, name, title, email, phone, extension) in people.items() %}
  select
    'agency:' || {{ clean_text('Agency_Id') }} || ':{{ role }}' as person_key,
    {{ clean_text('Agency_Id') }} as agency_key,
    {{ plain_text(name) }} as name,
    coalesce({{ plain_text(title) }}, {{ literal(fallback) if fallback else "cast(null as varchar)" }}) as title,
    {{ clean_email(email) }} as email,
    {{ phone }} || coalesce(' x' || {{ clean_text(extension) }}, '') as phone,
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency') }} as r
  {{ "union all" if not loop.last }}
  {%- endfor %}
) as people
where {{ 'true' if privacy_choice('publish_contacts') else 'false' }}
  and agency_key is not null
  and coalesce(name, email, {{ phone_number('phone') }}) is not null
