{# Who may carry phones, people, hours and areas, and from which records it takes them: the record of
   rank 1, where that has nothing the next. A service at a location inherits from its link (1), its
   program (2) and its site (3); everything else has its own only. #}
{% macro icarol__owner_sql() %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),
offer as (select * from {{ icarol__ref('offer') }} where {{ in_state() }})

select 'organization' as entity, {{ hsds_id('icarol', 'agency', 'num') }} as entity_id, 'agency:' || num as entity_key, 1 as place_in_line, num, _load_id
from record where kind = 'agency'
union all
select 'service', {{ hsds_id('icarol', 'program', 'num') }}, 'program:' || num, 1, num, _load_id
from record where kind = 'program'
union all
select distinct 'service', service_id, service_table || ':' || service_num, 1, service_num, max(_load_id) over (partition by service_id)
from offer where service_table = 'service_of_agency'
union all
select distinct 'location', location_id, 'site:' || location_num, 1, location_num, max(_load_id) over (partition by location_id)
from offer where location_table = 'site'
{%- for place_in_line, column in [(1, 'pas_num'), (2, 'service_num'), (3, 'site_num')] %}
union all
select 'service_at_location', id, source_table || ':' || source_id, {{ place_in_line }}, {{ column }}, _load_id
from offer where {{ column }} is not null
{%- endfor %}
{% endmacro %}
