{# Phones and people. #}

{# People, only for a tenant that publishes them; those of ResourceInfo are staff and are never read. #}
{% macro airs_contact_row(system) %}
with owners as (
  select 'agency:' || agency_key as owner, organization_id, cast(null as varchar) as location_id, cast(null as varchar) as service_id, contacts, _state, _load_id
  from {{ ref(system ~ '_agency') }} as a
  union all
  select place_key, null, location_id, null, contacts, _state, _load_id
  from {{ ref(system ~ '_place') }} as p
  union all
  select 'service:' || service_key, null, null, service_id, contacts, _state, _load_id
  from {{ ref(system ~ '_service_head') }} as s
),

people as (
  select
    o.owner,
    o.organization_id,
    o.location_id,
    o.service_id,
    {{ plain_text(airs_text('i.item', 'Name')) }} as name,
    coalesce({{ plain_text(airs_text('i.item', 'Title')) }}, {{ plain_text(nested_text('i.item', "'@Type'")) }}) as title,
    {{ clean_email(airs_text(airs_first_of('i.item', 'Email'), 'Address')) }} as email,
    {{ nested_get('i.item', "'Phone'") }} as phones,
    i.place,
    o._state,
    o._load_id
  from owners as o
  {{ airs_items('o.contacts', 'i') }}
  where {{ 'true' if privacy_choice('publish_contacts') else 'false' }}
    and not {{ airs_set(airs_mark('i.item', 'Confidential')) }}
)

select p.*, owner || ':' || md5(lower(coalesce(name, '') || '|' || coalesce(title, '') || '|' || coalesce(email, ''))) as contact_key
from people as p
where coalesce(name, title, email) is not null
{% endmacro %}

{# The child `name`, or the first of several. #}
{% macro airs_first_of(value, name) %}{{ return(adapter.dispatch('airs_first_of')(nested_get(value, literal(name)))) }}{% endmacro %}
{% macro default__airs_first_of(value) %}
  {{ return("(case when json_type(" ~ value ~ ") = 'ARRAY' then " ~ value ~ " -> 0 else " ~ value ~ " end)") }}
{% endmacro %}
{% macro snowflake__airs_first_of(value) %}
  {{ return("iff(is_array(" ~ value ~ "), get(" ~ value ~ ", 0), " ~ value ~ ")") }}
{% endmacro %}

{% macro airs_contact(system) %}
select
  {{ entity_row('contact', system, 'contact', 'contact_key', {
    'organization_id': 'organization_id',
    'location_id': 'location_id',
    'service_id': 'service_id',
    'name': 'name',
    'title': 'title',
    'email': 'email',
  }) }}
from {{ ref(system ~ '_contact_row') }} as c
{% endmacro %}

{# A number that a record once calls confidential is kept back wherever the record names it. Readers take
   phones in the order of their source ids: as they stand in the document. #}
{% macro airs_phone(system) %}
{%- set words = "lower(coalesce(" ~ airs_text('i.item', 'Type') ~ ", '') || ' ' || coalesce(" ~ airs_text('i.item', 'Function')
    ~ ", '') || ' ' || coalesce(" ~ airs_text('i.item', 'Description') ~ ", ''))" -%}
with owners as (
  select
    'agency:' || agency_key as holder, organization_id, cast(null as varchar) as location_id,
    cast(null as varchar) as service_key, cast(null as varchar) as row_key, cast(null as varchar) as service_id,
    cast(null as varchar) as service_at_location_id, cast(null as varchar) as contact_id, 1 as rows_of_service,
    phones, _state, _load_id
  from {{ ref(system ~ '_agency') }} as a
  union all
  select place_key, null, location_id, null, null, null, null, null, 1, phones, _state, _load_id
  from {{ ref(system ~ '_place') }} as p
  union all
  select
    'site_service:' || row_key, null, null, service_key, row_key, service_id, service_at_location_id, null, rows_of_service,
    phones, _state, _load_id
  from {{ ref(system ~ '_service_row') }} as s
  union all
  select 'contact:' || contact_key, null, null, null, null, null, null, {{ hsds_id(system, 'contact', 'contact_key') }}, 1, phones, _state, _load_id
  from {{ ref(system ~ '_contact_row') }} as c
),

numbers as (
  select
    o.holder,
    {{ phone_number(airs_text('i.item', 'PhoneNumber')) }} as number,
    coalesce(
      {{ re_find(airs_text('i.item', 'Extension'), '[1-9][0-9]*') }}, {{ phone_extension(airs_text('i.item', 'PhoneNumber')) }}
    ) as extension,
    {{ re_replace(phone_number(airs_text('i.item', 'PhoneNumber')), '[^0-9]', '') }} as digits,
    case
      when {{ re_has(words, '(^|[^a-z])fax') }} then 'fax'
      when {{ re_has(words, '(^|[^a-z])(tty|tdd|ttd|textphone)([^a-z]|$)') }} then 'textphone'
      when {{ re_has(words, '(^|[^a-z])(text|sms)([^a-z]|$)') }} then 'text'
      when {{ re_has(words, '(^|[^a-z])(cell|mobile)') }} then 'cell'
      else 'voice'
    end as type,
    {{ joined([
      plain_text(airs_text('i.item', 'Function')),
      plain_text(airs_text('i.item', 'Description')),
      "case when " ~ parse_bool(airs_mark('i.item', 'TollFree')) ~ " then 'Toll free' end",
    ], ', ') }} as description,
    {{ airs_withheld('i.item', 'unflagged_phones') }} as is_withheld,
    i.place
  from owners as o
  {{ airs_items('o.phones', 'i') }}
),

shown as (
  select holder, number, extension, digits, type, description, min(place) as place
  from (
    select n.*, max(case when is_withheld then 1 else 0 end) over (partition by holder, right(digits, 10)) as withheld
    from numbers as n
    where number is not null
  ) as judged
  where withheld = 0
  group by holder, number, extension, digits, type, description
),

placed as (
  select
    o.*,
    s.number, s.extension, s.digits, s.type, s.description, s.place,
    o.service_key is not null
      and count(*) over (partition by o.service_key, s.number, s.extension, s.type, s.description) = o.rows_of_service as is_shared
  from shown as s
  join owners as o on o.holder = s.holder
)

select
  {{ entity_row('phone', system, 'phone', "owner || ':' || lpad(cast(place as varchar), 4, '0') || ':' || digits", {
    'id': hsds_id(system, 'phone', "owner || ':' || digits || coalesce('x' || extension, '') || ':' || type || ':' || md5(coalesce(description, ''))"),
    'organization_id': 'organization_id',
    'location_id': 'location_id',
    'service_id': 'service_id',
    'service_at_location_id': 'service_at_location_id',
    'contact_id': 'contact_id',
    'number': 'number',
    'extension': 'extension',
    'type': 'type',
    'description': 'description',
  }) }}
from (
  select
    case when is_shared then 'service:' || service_key else holder end as owner,
    organization_id,
    location_id,
    case when is_shared then service_id end as service_id,
    case when not is_shared then service_at_location_id end as service_at_location_id,
    contact_id,
    number, extension, digits, type, description,
    min(place) as place,
    _state,
    _load_id
  from placed
  group by
    case when is_shared then 'service:' || service_key else holder end, organization_id, location_id,
    case when is_shared then service_id end, case when not is_shared then service_at_location_id end, contact_id,
    number, extension, digits, type, description, _state, _load_id
) as phones
{% endmacro %}
