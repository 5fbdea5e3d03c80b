{# Children of services and sites that HSDS has tables for. What all SiteServices of a service say stands
   on the service; what only some say, on the service at its location. #}

{# An area's smallest parts are the areas; a lone state or county beside them only says where they lie. #}
{% macro airs_service_area(system) %}
{%- set kinds = {'ZipCode': 'Postal code', 'CensusTrack': 'Census tract', 'City': 'City', 'County': 'County', 'State': 'State', 'Country': 'Country'} -%}
with items as (
  select s.service_key, s.row_key, s.service_id, s.service_at_location_id, s.rows_of_service, i.item, i.place, s._state, s._load_id
  from {{ ref(system ~ '_service_row') }} as s
  {{ airs_items('s.areas', 'i') }}
),

parts as (
  {%- for name, kind in kinds.items() %}
  select
    t.service_key, t.row_key, t.place, {{ loop.index }} as level, {{ literal(kind) }} as kind,
    {{ plain_text(airs_value('c.item')) }} as name
  from (select x.*, {{ nested_get('x.item', literal(name)) }} as listed from items as x) as t
  {{ airs_items('t.listed', 'c') }}
  {{ "union all" if not loop.last }}
  {%- endfor %}
),

smallest as (
  select
    p.*,
    min(level) over (partition by row_key, place) as least,
    case when count(case when level = 5 then 1 end) over (partition by row_key, place) = 1
      then max(case when level = 5 then name end) over (partition by row_key, place) end as state
  from parts as p
  where name is not null
),

named as (
  select distinct
    i.service_key,
    i.row_key,
    i.service_id,
    i.service_at_location_id,
    i.rows_of_service,
    coalesce(
      case
        when s.level in (3, 4) then
          s.name
          || case when s.level = 4 and not {{ re_has('lower(s.name)', ' (county|parish|borough)$') }} then ' County' else '' end
          || coalesce(', ' || s.state, '')
        when s.level = 2 then 'Census tract ' || s.name
        else s.name
      end,
      {{ plain_text(airs_text('i.item', 'Description')) }}
    ) as name,
    coalesce(
      case when s.name is not null then {{ plain_text(airs_text('i.item', 'Description')) }} end, s.kind, 'Area'
    ) as description,
    i._state,
    i._load_id
  from items as i
  left join smallest as s on s.row_key = i.row_key and s.place = i.place and s.level = s.least
),

placed as (
  select
    n.*,
    count(*) over (partition by service_key, name, description) = rows_of_service as is_shared
  from named as n
  where name is not null
)

select
  {{ entity_row('service_area', system, 'service_area', "owner || ':' || md5(name || '|' || description)", {
    'service_id': 'service_id',
    'service_at_location_id': 'service_at_location_id',
    'name': 'name',
    'description': 'description',
  }) }}
from (
  select distinct
    {{ airs_owner() }},
    name,
    description,
    _state,
    _load_id
  from placed
) as areas
{% endmacro %}

{# The columns owner, service_id and service_at_location_id of a row that all share, or not. #}
{% macro airs_owner() %}
    case when is_shared then 'service:' || service_key else 'site_service:' || row_key end as owner,
    case when is_shared then service_id end as service_id,
    case when not is_shared then service_at_location_id end as service_at_location_id
{%- endmacro %}

{% macro airs_language(system) %}
with lists as (
  select
    'service:' || service_key as owner, service_id, cast(null as varchar) as location_id, languages, _state, _load_id
  from {{ ref(system ~ '_service_head') }} as s
  union all
  select place_key, null, location_id, languages, _state, _load_id
  from {{ ref(system ~ '_place') }} as p
),

items as (
  select
    l.owner,
    l.service_id,
    l.location_id,
    {{ plain_text(airs_text('i.item', 'Name')) }} as names,
    {{ plain_text(airs_text('i.item', 'Notes')) }} as note,
    l._state,
    l._load_id
  from lists as l
  {{ airs_items('l.languages', 'i') }}
),

single as (
  select t.owner, t.service_id, t.location_id, {{ clean_text('n.part') }} as name, t.note, t._state, t._load_id
  from (select x.*, translate(names, ';/|', ',,,') as listed from items as x) as t
  {{ split_list('t.listed', ',', 'n') }}
)

select
  {{ entity_row('language', system, 'language', "owner || ':' || lower(name)", {
    'service_id': 'service_id',
    'location_id': 'location_id',
    'name': 'name',
    'code': language_code('name'),
    'note': 'note',
  }) }}
from single
where name is not null and lower(name) not in ('none', 'n/a')
{% endmacro %}

{% macro airs_required_document(system) %}
select
  {{ entity_row('required_document', system, 'required_document', "'service:' || service_key || ':' || md5(document)", {
    'service_id': 'service_id',
    'document': 'document',
  }) }}
from (
  select distinct
    s.service_key,
    s.service_id,
    {{ joined([
      plain_text("coalesce(" ~ airs_text('i.item', 'DocumentsRequired') ~ ", " ~ airs_value('i.item') ~ ")"),
      plain_text(airs_text('i.item', 'Description')),
    ], ': ') }} as document,
    s._state,
    s._load_id
  from {{ ref(system ~ '_service_head') }} as s
  {{ airs_items('s.documents', 'i') }}
) as needed
where document is not null
{% endmacro %}

{# Ways to pay, an item each. #}
{% macro airs_cost_option(system) %}
select
  {{ entity_row('cost_option', system, 'cost_option', "'service:' || service_key || ':' || lower(payment)", {
    'service_id': 'service_id',
    'option': 'payment',
  }) }}
from (
  select distinct s.service_key, s.service_id, {{ plain_text('i.part') }} as payment, s._state, s._load_id
  from (
    select service_key, service_id, translate(payments, ',|' || chr(10), ';;;') as payments, _state, _load_id
    from {{ ref(system ~ '_service_head') }} as h
  ) as s
  {{ split_list('s.payments', ';', 'i') }}
) as ways
where payment is not null
{% endmacro %}
