{# Every record that may be published, with what it may publish. What hides an agency hides its
   programs and sites, what hides a program or site hides its links; a record whose agency is not
   in the file is an orphan and hidden too. #}
{% macro icarol__record_sql() %}
with
own as (select * from {{ icarol__ref('row') }}),

agency as (select num, visibility from own where kind = 'agency'),

of_agency as (
  select own.num, own.kind, least(own.visibility, agency.visibility) as visibility
  from own
  inner join agency on agency.num = own.agency_num
  where own.kind in ('program', 'site')
),

-- A link hangs on its program, on its site, and on its own agency where the file has it. A site that
-- the file lacks matters only where the link has no address of its own.
link as (
  select
    own.num,
    least(own.visibility, program.visibility, coalesce(site.visibility, 2), coalesce(agency.visibility, 2)) as visibility
  from own
  inner join of_agency as program on program.num = own.program_num and program.kind = 'program'
  left join own as landed_site on landed_site.num = own.site_num and landed_site.kind = 'site'
  left join of_agency as site on site.num = own.site_num and site.kind = 'site'
  left join agency on agency.num = own.agency_num
  where own.kind = 'program_at_site'
    and (site.num is not null or (landed_site.num is null and own.physical is not null))
),

visible as (
  select num, visibility from agency
  union all
  select num, visibility from of_agency
  union all
  select num, visibility from link
),

-- Counted over the whole file: a link that is hidden is still a link.
linked_program as (select distinct program_num from own where kind = 'program_at_site' and program_num is not null),
linked_site as (select distinct site_num from own where kind = 'program_at_site' and site_num is not null),
agency_with_programs as (select distinct agency_num from own where kind = 'program' and agency_num is not null)

select
  own.* exclude (visibility, name),
  visible.visibility,
  coalesce(own.name, own.kind || ' ' || own.num) as name,
  linked_program.program_num is not null or linked_site.site_num is not null as is_linked,
  agency_with_programs.agency_num is not null as has_programs
from own
inner join visible on visible.num = own.num
left join linked_program on own.kind = 'program' and linked_program.program_num = own.num
left join linked_site on own.kind = 'site' and linked_site.site_num = own.num
left join agency_with_programs on own.kind = 'agency' and agency_with_programs.agency_num = own.num
where visible.visibility > 0
{% endmacro %}
