{# What the other rows of a bilingual record say: a row per text and locale of the tenant.

   A text is there only where the record itself publishes that text. So what hides a record, withholds a
   field or ends a message holds in every language; what the other row hides by flags of its own is
   withheld as well. A text that repeats the published one translates nothing.
     rows    a relation with the columns of the CSV export; not looked at for a tenant of one locale
     flags   columns that `rows` has besides: HoursIsPrivate #}
{% macro icarol__translation_sql(rows, flags=[]) %}
{% set wanted = locales()[1:] if execute else ['xx'] %}
{% set texts = icarol__texts() %}
{% if not wanted %}
select {{ icarol__no_translation() }} where 1 = 0
{% else %}
with
record as (select * from {{ icarol__ref('record') }} where {{ in_state() }}),

place as (select * from {{ icarol__ref('place') }}),

alert as (select num from {{ icarol__ref('alert') }} where {{ in_state() }}),

wanted as (
  {%- for locale in wanted %}
  select {{ literal(locale) }} as locale, {{ literal(locale[:2]) }} as base
  {{- ' union all' if not loop.last }}
  {%- endfor %}
),

landed as (
  select
    *,
    {{ icarol__landed_columns() }},
    {{ re_find("replace(lower(trim(LanguageOfRecord)), '-', '_')", '^[a-z][a-z]_.*$') }} as dialect,
    {{ icarol__is_private('PhysicalAddressIsPrivate', 'unflagged_addresses') }} as physical_private
  from {{ rows }} as raw_row
),

-- A row in `es_mx` fits the locales es_mx and es, one in `es` every Spanish; `zh_hant` does not fit zh_hans.
spoken as (
  select
    landed.*,
    wanted.locale,
    {{ icarol__visibility() }} as visibility,
    case when coalesce(dialect, language) = wanted.locale then 0 when dialect is null then 1 else 2 end as distance
  from landed
  inner join wanted
    on wanted.base = landed.language
    and (landed.dialect is null or wanted.locale = landed.dialect or wanted.locale = wanted.base)
  where num <> '' and kind is not null and not link_only
),

-- A record that does not say its language is in the tenant's first.
other as (
  select spoken.*
  from spoken
  inner join record on record.num = spoken.num and record.kind = spoken.kind
  where spoken.language <> coalesce(record.language, {{ literal(locales()[0][:2]) }})
  qualify row_number() over (
    partition by spoken.num, spoken.locale order by distance, spoken._row_number, spoken._load_id
  ) = 1
),

said as (
  select
    num,
    locale,
    {%- for name, text in texts.items() %}
    {%- if name == 'hours_text' and 'HoursIsPrivate' in flags %}
    case when not coalesce({{ parse_bool('HoursIsPrivate') }}, false) then {{ text }} end as hours_text,
    {%- else %}
    {{ text }} as {{ name }},
    {%- endif %}
    {%- endfor %}
    _load_id
  from other
  where visibility > 0
),

of_organization as (
  select
    {{ icarol__published('organization') }},
    said.locale,
    said._load_id as said_load_id,
    said.name as said_name,
    {{ icarol__other_names('said') }} as said_alternate_name,
    case when record.description is not null then said.description else said.name end as said_description
  from {{ ref('organization') }} as e
  inner join record on record.num = e._source_id
  inner join said on said.num = record.num
  where e.{{ in_state() }} and e._system = '{{ icarol__system() }}'
),

-- What a program leaves empty of some texts is its agency's, and so is the translation. A message counts
-- for the days that it has in the record, so it must be of the same days.
of_service as (
  select
    {{ icarol__published('service') }},
    wanted.locale,
    coalesce(own._load_id, agency._load_id) as said_load_id,
    own.name as said_name,
    {{ icarol__other_names('own') }} as said_alternate_name,
    own.description as said_description,
    own.accreditations as said_accreditations,
    own.language_text as said_interpretation_services,
    {%- for field, name in [('application_process', 'application_process'), ('fees_description', 'fees'), ('eligibility_description', 'eligibility')] %}
    case when record.{{ name }} is not null then own.{{ name }} else agency.{{ name }} end as said_{{ field }},
    {%- endfor %}
    case
      when own_alert.num is not null then case when {{ icarol__same_days('own', 'record') }} then own.message end
      when {{ icarol__same_days('agency', 'agency_record') }} then agency.message
    end as said_alert
  from {{ ref('service') }} as e
  inner join record on record.num = e._source_id
  inner join record as agency_record on agency_record.num = record.agency_num
  cross join wanted
  left join said as own on own.num = record.num and own.locale = wanted.locale
  left join said as agency on agency.num = record.agency_num and agency.locale = wanted.locale
  left join alert as own_alert on own_alert.num = record.num
  where e.{{ in_state() }} and e._system = '{{ icarol__system() }}'
    and (own.num is not null or agency.num is not null)
),

-- A description that was put together is translated as a whole, and not where words of ours stand in it.
of_location as (
  select
    {{ icarol__published('location') }},
    place.accessibility,
    wanted.locale,
    coalesce(named._load_id, at_address._load_id) as said_load_id,
    named.name as said_name,
    nullif(named.alternate_name, named.name) as said_alternate_name,
    named.accessibility as said_accessibility,
    case
      when place.physical is null or (place.physical = 'public' and place.physical_complete)
      then {{ icarol__put_together([('place.description', 'named.description'), ('place.location_description', 'at_address.location_description')]) }}
    end as said_description,
    {{ icarol__put_together([('place.bus_access', 'at_address.bus_access'), ('place.transportation', 'at_address.transportation')]) }} as said_transportation
  from {{ ref('location') }} as e
  inner join place on place.location_id = e.id
  cross join wanted
  left join said as named on named.num = place.place_num and named.locale = wanted.locale
  left join said as at_address on at_address.num = coalesce(place.address_num, place.place_num) and at_address.locale = wanted.locale
  where e.{{ in_state() }} and e._system = '{{ icarol__system() }}'
    and (named.num is not null or at_address.num is not null)
),

hours_owner as (
  select owner.entity, owner.entity_id, owner.num
  from {{ icarol__ref('owner') }} as owner
  inner join record on record.num = owner.num
  where owner.entity <> 'organization' and (record.hours_text is not null or record.hours_withheld)
  qualify row_number() over (partition by owner.entity_id order by owner.place_in_line) = 1
),

-- The hours of a place are the text of its own schedule: hours are one block.
of_service_at_location as (
  select
    {{ icarol__published('service_at_location') }},
    hours_of.hours_text as schedule,
    wanted.locale,
    coalesce(pas._load_id, hours._load_id) as said_load_id,
    pas.description as said_description,
    hours.hours_text as said_schedule
  from {{ ref('service_at_location') }} as e
  inner join {{ icarol__ref('offer') }} as offer on offer.id = e.id and offer.{{ in_state() }}
  cross join wanted
  left join said as pas on pas.num = offer.pas_num and pas.locale = wanted.locale
  left join hours_owner on hours_owner.entity_id = e.id
  left join record as hours_of on hours_of.num = hours_owner.num
  left join said as hours on hours.num = hours_owner.num and hours.locale = wanted.locale
  where e.{{ in_state() }} and e._system = '{{ icarol__system() }}'
    and (pas.num is not null or hours.num is not null)
),

found as (
  {%- for entity, fields in icarol__translated().items() %}
  {%- set last = loop.last %}
  {%- for field in fields %}
  select
    '{{ entity }}' as entity, id, '{{ field }}' as field, locale, said_{{ field }} as said,
    _source_table || ':' || _source_id as record_key, said_load_id
  from of_{{ entity }}
  where said_{{ field }} <> {{ field }}
  {{ 'union all' if not (last and loop.last) }}
  {%- endfor %}
  {%- endfor %}
)

select
  entity || '/' || id || '/' || field || '/' || locale as translation_id,
  entity,
  id,
  field,
  locale,
  said as text,
  '{{ tenant() }}' as _tenant,
  '{{ current_state() }}' as _state,
  '{{ icarol__system() }}' as _system,
  'translation' as _source_table,
  record_key || ':' || field || ':' || locale as _source_id,
  said_load_id as _load_id
from found
{% endif %}
{% endmacro %}

{# The fields whose texts rows of other languages give, by entity. `location.accessibility` and
   `service_at_location.schedule` are children there is one of: readers look them up by what they belong to. #}
{% macro icarol__translated() %}
  {{ return({
    'organization': ['name', 'alternate_name', 'description'],
    'service': ['name', 'alternate_name', 'description', 'alert', 'application_process', 'fees_description',
      'eligibility_description', 'interpretation_services', 'accreditations'],
    'location': ['name', 'alternate_name', 'description', 'transportation', 'accessibility'],
    'service_at_location': ['description', 'schedule'],
  }) }}
{% endmacro %}

{# The published texts of an entity, from the alias `e`. #}
{% macro icarol__published(entity) %}
  {%- set columns = ['e.id', 'e._source_table', 'e._source_id'] -%}
  {%- for field in icarol__translated()[entity] if field not in ['accessibility', 'schedule'] -%}
    {%- do columns.append('e.' ~ field) -%}
  {%- endfor -%}
  {{ return(columns | join(', ')) }}
{% endmacro %}

{# All parts that the record has, each translated; else null. parts: [(published, said)]. #}
{% macro icarol__put_together(parts) %}
  {%- set whole, words = [], [] -%}
  {%- for published, said in parts -%}
    {%- do whole.append("(" ~ published ~ " is null or " ~ said ~ " is not null)") -%}
    {%- do words.append("case when " ~ published ~ " is not null then " ~ said ~ " end") -%}
  {%- endfor -%}
  {{ return("case when " ~ whole | join(" and ") ~ " then " ~ joined(words, '. ') ~ " end") }}
{% endmacro %}

{# The names of a record besides its own. #}
{% macro icarol__other_names(record) %}
  {%- set name, other, official = record ~ '.name', record ~ '.alternate_name', record ~ '.official_name' -%}
  {{ return(joined([
    "nullif(" ~ other ~ ", " ~ name ~ ")",
    "case when " ~ official ~ " not in (" ~ name ~ ", coalesce(" ~ other ~ ", '')) then " ~ official ~ " end",
  ], '; ')) }}
{% endmacro %}

{# Whether the messages of two rows are shown on the same days. #}
{% macro icarol__same_days(one, other) %}
  {{ return(one ~ ".message_from is not distinct from " ~ other ~ ".message_from and "
    ~ one ~ ".message_until is not distinct from " ~ other ~ ".message_until") }}
{% endmacro %}

{% macro icarol__no_translation() %}
  {%- set columns = ['translation_id', 'entity', 'id', 'field', 'locale', 'text', '_tenant', '_state', '_system', '_source_table', '_source_id', '_load_id'] -%}
  {%- set nulls = [] -%}
  {%- for column in columns -%}{%- do nulls.append("cast(null as varchar) as " ~ column) -%}{%- endfor -%}
  {{ return(nulls | join(", ")) }}
{% endmacro %}
