{# Programs, and the services made of agencies without programs. What a program leaves empty of
   eligibility, application, fees and alert is its agency's. #}
{% macro icarol__service_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),

offer as (select * from {{ icarol__ref('offer') }} where {{ in_state() }}),

alert as (select num, alert from {{ icarol__ref('alert') }} where {{ in_state() }}),

provider as (
  select num, 'program' as source_table from record where kind = 'program'
  union
  select service_num, service_table from offer where service_table = 'service_of_agency'
),

verified_at_site as (
  select offer.service_num, max(pas.verified_on) as verified_on
  from offer
  inner join record as pas on pas.num = offer.pas_num
  group by offer.service_num
)

select
  {{ hsds_id_of('icarol', 'provider.source_table', 'provider.num') }} as id,
  {{ hsds_id('icarol', 'agency', 'own.agency_num') }} as organization_id,
  cast(null as varchar) as program_id,
  own.name,
  {{ joined(["nullif(own.alternate_name, own.name)", "case when own.official_name not in (own.name, coalesce(own.alternate_name, '')) then own.official_name end"], '; ') }} as alternate_name,
  own.description,
  {{ clean_url('own.websites') }} as url,
  own.email,
  case own.visibility when 2 then 'active' else 'inactive' end as status,
  -- Text that is not a list of known languages speaks of interpreters.
  case when own.language_list is null and {{ icarol__is_prose('own.language_text') }} then own.language_text end as interpretation_services,
  coalesce(own.application_process, agency.application_process) as application_process,
  coalesce(own.fees, agency.fees) as fees_description,
  cast(null as varchar) as wait_time,
  cast(null as varchar) as fees,
  own.accreditations,
  coalesce(own.eligibility, agency.eligibility) as eligibility_description,
  cast(null as varchar) as minimum_age,
  cast(null as varchar) as maximum_age,
  coalesce(own.verified_on, verified_at_site.verified_on) as assured_date,
  cast(null as varchar) as assurer_email,
  cast(null as varchar) as licenses,
  coalesce(own_alert.alert, agency_alert.alert) as alert,
  coalesce(own.updated_at, own.entered_at) as last_modified,
  {{ icarol__origin('provider.source_table', 'provider.num', 'own.') }}
from provider
inner join record as own on own.num = provider.num
inner join record as agency on agency.num = own.agency_num and agency.kind = 'agency'
left join verified_at_site on verified_at_site.service_num = own.num
left join alert as own_alert on own_alert.num = own.num
left join alert as agency_alert on agency_alert.num = agency.num
{% endmacro %}
