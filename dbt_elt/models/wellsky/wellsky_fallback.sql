{# What an organization says for those of its services that leave a field empty: every organization, with
   texts only if the tenant's `adapt.service_from_organization_fields` asks for them. #}
{%- set wanted = adapt_choice('service_from_organization_fields') -%}
{%- set nothing = "cast(null as varchar)" -%}
select
  {{ clean_text('ID') }} as organization_key,
  {{ rich_text('PROGRAM_FEES') if wanted else nothing }} as fees,
  {{ rich_text('INTAKE_PROCEDURE') if wanted else nothing }} as application_process,
  {{ rich_text('ELIGIBILITY') if wanted else nothing }} as eligibility,
  {{ clean_text('LANGUAGES') if wanted else nothing }} as languages,
  {{ rich_text('HOURS') if wanted else nothing }} as hours,
  {{ parse_date('DATE_OFFICIALCHANGE') }} as assured_date
from {{ raw_rows('wellsky', 'organization') }} as r
