{# Every published service at a location and the records it is made of:
     pas_num      the ProgramAtSite record, if there is one
     service_num  the record that gives the service: a program, or an agency that has none
     place_num    the record that gives the location its name and texts
     address_num  the record whose address block (and coordinates) the location takes
   Links; programs without any link, at a place of their own; and, where the tenant asks for it,
   agencies without programs at their unlinked sites. #}
{% macro icarol__offer_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),

-- The site's own address comes before the program's: one program may be offered at many sites.
linked as (
  select
    'program_at_site' as source_table,
    pas.num as source_id,
    pas.num as pas_num,
    'program' as service_table,
    pas.program_num as service_num,
    site.num as site_num,
    coalesce(site.num, pas.num) as place_num,
    case
      when pas.physical is not null then pas.num
      when site.physical is not null then site.num
      when program.physical is not null then program.num
    end as address_num,
    pas._load_id
  from record as pas
  inner join record as program on program.num = pas.program_num and program.kind = 'program' and program.visibility = 2
  left join record as site on site.num = pas.site_num and site.kind = 'site'
  where pas.kind = 'program_at_site' and pas.visibility = 2
),

at_own_place as (
  select
    'service_at_location_of_program' as source_table,
    num as source_id,
    cast(null as varchar) as pas_num,
    'program' as service_table,
    num as service_num,
    cast(null as varchar) as site_num,
    num as place_num,
    num as address_num,
    _load_id
  from record
  where kind = 'program' and visibility = 2 and not is_linked
),

of_agency as (
  select
    'service_at_location_of_site' as source_table,
    site.num as source_id,
    cast(null as varchar) as pas_num,
    'service_of_agency' as service_table,
    agency.num as service_num,
    site.num as site_num,
    site.num as place_num,
    site.num as address_num,
    site._load_id
  from record as site
  inner join record as agency
    on agency.num = site.agency_num and agency.kind = 'agency' and agency.visibility = 2 and not agency.has_programs
  where site.kind = 'site' and site.visibility = 2 and not site.is_linked
    and {{ 'true' if adapt_choice('service_from_agency') else 'false' }}
),

offer as (
  select * from linked
  union all
  select * from at_own_place
  union all
  select * from of_agency
),

placed as (
  select
    *,
    case
      when source_table = 'service_at_location_of_program' then 'location_of_program'
      when site_num is null or address_num <> site_num then 'location_of_program_at_site'
      else 'site'
    end as location_table
  from offer
)

select
  placed.*,
  case when location_table = 'site' then site_num else source_id end as location_num,
  {{ hsds_id_of('icarol', 'source_table', 'source_id') }} as id,
  {{ hsds_id_of('icarol', 'service_table', 'service_num') }} as service_id,
  {{ hsds_id_of('icarol', 'location_table', "case when location_table = 'site' then site_num else source_id end") }} as location_id,
  '{{ tenant() }}' as _tenant,
  '{{ current_state() }}' as _state
from placed
{% endmacro %}
