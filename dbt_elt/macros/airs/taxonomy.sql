{# Codes of services, one a row. Several codes in one Taxonomy are a combined term: the first is the
   service, the others its targets, and each says in which combination it stands. #}
{% macro airs_code(system) %}
with items as (
  select s.service_key, s.service_id, i.item, i.place, s._state, s._load_id
  from {{ ref(system ~ '_service_head') }} as s
  {{ airs_items('s.taxonomy', 'i') }}
),

codes as (
  select
    t.service_key,
    t.service_id,
    t.place,
    c.place as turn,
    upper({{ clean_text(airs_value('c.item')) }}) as code,
    t._state,
    t._load_id
  from (select x.*, coalesce({{ nested_get('x.item', "'Code'") }}, case when {{ airs_value('x.item') }} is not null then x.item end) as listed from items as x) as t
  {{ airs_items('t.listed', 'c') }}
),

combined as (
  select service_key, place, {{ dbt.listagg('code', "' * '", 'order by turn') }} as pair, count(*) as codes
  from codes
  where code is not null
  group by service_key, place
)

select distinct
  c.service_key,
  c.service_id,
  c.code,
  case when p.codes > 1 then p.pair end as pair,
  case when row_number() over (partition by c.service_key, c.place order by c.turn) = 1 then 'service' else 'target' end as link_type,
  c._state,
  c._load_id
from codes as c
join combined as p on p.service_key = c.service_key and p.place = c.place
where c.code is not null
{% endmacro %}

{% macro airs_attribute(system) %}
select
  {{ entity_row('attribute', system, 'attribute', "'site_service:' || service_key || ':' || coalesce(pair || ':', '') || code", {
    'link_id': 'service_id',
    'link_entity': "'service'",
    'link_type': 'link_type',
    'taxonomy_term_id': hsds_id(system, 'taxonomy_term', "'human_services:' || code"),
    'value': 'pair',
  }) }}
from {{ ref(system ~ '_code') }} as c
{% endmacro %}

{# Codes in use. The documents hold no names of terms. #}
{% macro airs_taxonomy_term(system) %}
select
  {{ entity_row('taxonomy_term', system, 'taxonomy_term', "'human_services:' || code", {
    'code': 'code',
    'taxonomy': "'human_services'",
    'taxonomy_id': hsds_id(system, 'taxonomy', "'human_services'"),
  }) }}
from (
  select code, _state, max(_load_id) as _load_id
  from {{ ref(system ~ '_code') }} as c
  group by code, _state
) as terms
{% endmacro %}

{% macro airs_taxonomy(system) %}
select
  {{ entity_row('taxonomy', system, 'taxonomy', "'human_services'", {
    'name': "'Human services taxonomy'",
    'description': "'Codes of the taxonomy that the resource database is indexed with'",
  }) }}
from (
  select _state, max(_load_id) as _load_id
  from {{ raw_rows(system, 'site_service') }} as r
  group by _state
) as s
{% endmacro %}

{# The source's own id of each record, and the day of its last change (1970-01-01 where there is none). #}
{% macro airs_metadata(system) %}
with records as (
  select
    'organization' as entity,
    'agency' as source_table,
    agency_key as source_key,
    organization_id as resource_id,
    {{ airs_date(nested_text(airs_first('info'), "'@DateOfLastAction'")) }} as updated_on,
    _state,
    _load_id
  from {{ ref(system ~ '_agency') }} as a
  union all
  select
    'location', place_table, site_key, location_id,
    {{ airs_date(nested_text(airs_first('info'), "'@DateOfLastAction'")) }},
    _state, _load_id
  from {{ ref(system ~ '_place') }} as p
  union all
  select 'service', 'site_service', service_key, service_id, max(updated_on), _state, max(_load_id)
  from {{ ref(system ~ '_service_row') }} as s
  group by service_key, service_id, _state
  union all
  select 'service_at_location', 'service_at_location', row_key, service_at_location_id, updated_on, _state, _load_id
  from {{ ref(system ~ '_service_row') }} as s
  where is_offered
)

select
  {{ entity_row('metadata', system, 'metadata', "source_table || ':' || source_key", {
    'resource_id': 'resource_id',
    'resource_type': 'entity',
    'last_action_date': "coalesce(updated_on, cast('1970-01-01' as date))",
    'last_action_type': "'update'",
    'field_name': "'id'",
    'previous_value': 'source_key',
    'replacement_value': 'resource_id',
    'updated_by': literal(system),
  }) }}
from records
{% endmacro %}
