{# What each entity needs beyond hsds_source_entity. HSDS has no flag that makes a record private: people,
   tax numbers and licensed names of terms are published as the tenant chose, change histories never. #}

{% macro hsds_source__organization(system) %}
  {%- set values = {'name': "coalesce(" ~ plain_text('r.name') ~ ", " ~ plain_text('r.alternate_name') ~ ", r._id)"} -%}
  {%- if not privacy_choice('publish_identifiers') -%}
    {%- do values.update({'tax_id': "cast(null as varchar)", 'tax_status': "cast(null as varchar)"}) -%}
  {%- endif -%}
  {{ hsds_source_entity(system, 'organization', values) }}
{% endmacro %}

{% macro hsds_source__organization_identifier(system) %}
  {{ hsds_source_entity(system, 'organization_identifier',
    {'identifier_type': "coalesce(" ~ plain_text('r.identifier_type') ~ ", " ~ plain_text('r.identifier_scheme') ~ ", 'other')"},
    keep=("true" if privacy_choice('publish_identifiers') else "false") ~ " and " ~ plain_text('r.identifier') ~ " is not null") }}
{% endmacro %}

{% macro hsds_source__url(system) %}
  {{ hsds_source_entity(system, 'url', keep=clean_url('r.url') ~ " is not null") }}
{% endmacro %}

{% macro hsds_source__program(system) %}
  {{ hsds_source_entity(system, 'program',
    {'name': "coalesce(" ~ plain_text('r.name') ~ ", " ~ plain_text('r.alternate_name') ~ ", r._id)"}) }}
{% endmacro %}

{# An address that the model cannot hold is told in the description. #}
{% macro hsds_source__location(system) %}
  {%- set stated = "lower(" ~ plain_text('r.location_type') ~ ")" -%}
  {{ hsds_source_entity(system, 'location', {
    'description': joined([rich_text('r.description'), 'i.incomplete'], '. '),
    'location_type': "case when " ~ stated ~ " in ('physical', 'postal', 'virtual') then " ~ stated ~ " else 'physical' end",
    'latitude': coordinate('r.latitude', 90),
    'longitude': coordinate('r.longitude', 180),
  }, joined="left join (" ~ hsds_source_incomplete(system) ~ ") as i on i.location_key = r._id") }}
{% endmacro %}

{# Addresses without street, town or postal code, as one text for each location. #}
{% macro hsds_source_incomplete(system) %}
  {%- set parts = [] -%}
  {%- for column in ['address_1', 'address_2', 'city', 'state_province', 'postal_code'] -%}
    {%- do parts.append(plain_text('t.' ~ column)) -%}
  {%- endfor -%}
  {{ return("select location_key, " ~ dbt.listagg('told', "'; '", "order by told") ~ " as incomplete from (select distinct "
    ~ clean_text('t.location_id') ~ " as location_key, " ~ joined(parts, ', ') ~ " as told from (" ~ hsds_source_rows(system, 'address')
    ~ ") as t where " ~ parts[0] ~ " is null or " ~ parts[2] ~ " is null or " ~ parts[4] ~ " is null) as d where told is not null group by location_key") }}
{% endmacro %}

{# The model has no address without street, town and postal code. #}
{% macro hsds_source__address(system) %}
  {%- set stated = "lower(" ~ plain_text('r.address_type') ~ ")" -%}
  {{ hsds_source_entity(system, 'address', {
    'address_type': "case when " ~ stated ~ " in ('physical', 'postal', 'virtual') then " ~ stated ~ " else 'physical' end",
    'state_province': "coalesce(upper(" ~ plain_text('r.state_province') ~ "), " ~ literal(current_state()) ~ ")",
    'country': country_code(plain_text('r.country')),
  }, keep=plain_text('r.address_1') ~ " is not null and " ~ plain_text('r.city') ~ " is not null and " ~ plain_text('r.postal_code') ~ " is not null") }}
{% endmacro %}

{% macro hsds_source__phone(system) %}
  {{ hsds_source_entity(system, 'phone', {
    'number': phone_number('r.number'),
    'extension': "coalesce(" ~ clean_text('r.extension') ~ ", " ~ phone_extension('r.number') ~ ")",
  }, keep=phone_number('r.number') ~ " is not null" ~ ("" if privacy_choice('publish_contacts') else " and " ~ clean_text('r.contact_id') ~ " is null")) }}
{% endmacro %}

{% macro hsds_source__accessibility(system) %}{{ hsds_source_entity(system, 'accessibility') }}{% endmacro %}

{% macro hsds_source__contact(system) %}
  {{ hsds_source_entity(system, 'contact', keep="true" if privacy_choice('publish_contacts') else "false") }}
{% endmacro %}

{# A status that nobody knows does not offer the service. HSDS 1.1 and 2.x have eligibility in rows of its own. #}
{% macro hsds_source__service(system) %}
  {%- set stated = "lower(" ~ plain_text('r.status') ~ ")" -%}
  {%- set values = {
    'name': "coalesce(" ~ plain_text('r.name') ~ ", " ~ plain_text('r.alternate_name') ~ ", r._id)",
    'status': "case when " ~ stated ~ " is null then 'active' when " ~ stated ~ " in ('active', 'inactive', 'defunct', 'temporarily closed') then " ~ stated ~ " else 'inactive' end",
    'eligibility_description': "coalesce(" ~ rich_text('r.eligibility_description') ~ ", " ~ (rich_text(nested_text('r.a', "'eligibility'")) ~ ", " if system != 'hsds') ~ "e.eligibility)",
  } -%}
  {%- if not privacy_choice('publish_contacts') -%}
    {%- do values.update({'assurer_email': "cast(null as varchar)"}) -%}
  {%- endif -%}
  {{ hsds_source_entity(system, 'service', values, joined="left join (" ~ hsds_source_eligibility(system) ~ ") as e on e.service_key = r._id") }}
{% endmacro %}

{% macro hsds_source_eligibility(system) %}
  {%- if system == 'hsds' -%}
    {%- set rows = "select " ~ clean_text('service_id') ~ " as service_key, " ~ rich_text('eligibility') ~ " as told from " ~ raw_rows('hsds', 'eligibility') ~ " as t" -%}
  {%- else -%}
    {%- set rows = "select parent_id as service_key, " ~ rich_text(nested_text(nested('object'), "'eligibility'")) ~ " as told from " ~ ref('hsds_api__node') ~ " where entity = 'eligibility' and " ~ in_state() -%}
  {%- endif -%}
  {{ return("select service_key, " ~ dbt.listagg('told', "chr(10)", "order by told") ~ " as eligibility from (select distinct service_key, told from (" ~ rows ~ ") as q where told is not null) as d group by service_key") }}
{% endmacro %}

{% macro hsds_source__service_at_location(system) %}{{ hsds_source_entity(system, 'service_at_location') }}{% endmacro %}

{# Words that the model does not list are left out; `weekday` of older versions is a number from Monday on,
   a name or the two letters. #}
{% macro hsds_source__schedule(system) %}
  {%- set days = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] -%}
  {%- set day = "upper(" ~ plain_text('r.byday') ~ ")" -%}
  {%- set whens = [] -%}
  {%- for letters, name in [('MO', 'MONDAY'), ('TU', 'TUESDAY'), ('WE', 'WEDNESDAY'), ('TH', 'THURSDAY'), ('FR', 'FRIDAY'), ('SA', 'SATURDAY'), ('SU', 'SUNDAY')] -%}
    {%- do whens.append("when " ~ day ~ " in " ~ literals([loop.index | string, name]) ~ " then '" ~ letters ~ "'") -%}
  {%- endfor -%}
  {{ hsds_source_entity(system, 'schedule', {
    'byday': "case " ~ whens | join(" ") ~ " else " ~ plain_text('r.byday') ~ " end",
    'wkst': "case when upper(" ~ plain_text('r.wkst') ~ ") in " ~ literals(days) ~ " then upper(" ~ plain_text('r.wkst') ~ ") end",
    'freq': "case when upper(" ~ plain_text('r.freq') ~ ") in ('WEEKLY', 'MONTHLY') then upper(" ~ plain_text('r.freq') ~ ") end",
  }) }}
{% endmacro %}

{% macro hsds_source__service_area(system) %}{{ hsds_source_entity(system, 'service_area') }}{% endmacro %}
{% macro hsds_source__language(system) %}{{ hsds_source_entity(system, 'language') }}{% endmacro %}
{% macro hsds_source__cost_option(system) %}{{ hsds_source_entity(system, 'cost_option') }}{% endmacro %}
{% macro hsds_source__required_document(system) %}{{ hsds_source_entity(system, 'required_document') }}{% endmacro %}

{% macro hsds_source__taxonomy(system) %}
  {{ hsds_source_entity(system, 'taxonomy', {
    'name': "coalesce(" ~ plain_text('r.name') ~ ", r._id)",
    'description': "coalesce(" ~ rich_text('r.description') ~ ", " ~ plain_text('r.name') ~ ", r._id)",
  }) }}
{% endmacro %}

{% macro hsds_source__taxonomy_term(system) %}
  {%- set values = {
    'name': "coalesce(" ~ plain_text('r.name') ~ ", " ~ plain_text('r.code') ~ ", r._id)",
    'description': "coalesce(" ~ rich_text('r.description') ~ ", " ~ plain_text('r.name') ~ ", " ~ plain_text('r.code') ~ ", r._id)",
  } -%}
  {%- if not privacy_choice('publish_taxonomy_names') -%}
    {%- for column in ['name', 'description'] -%}
      {%- do values.update({column: "case when " ~ hsds_source_licensed('r.code') ~ " then " ~ plain_text('r.code') ~ " else " ~ values[column] ~ " end"}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ hsds_source_entity(system, 'taxonomy_term', values) }}
{% endmacro %}

{% macro hsds_source__attribute(system) %}
  {%- set linked = "lower(" ~ plain_text('r.link_entity') ~ ")" -%}
  {{ hsds_source_entity(system, 'attribute', {
    'link_entity': linked,
    'link_id': hsds_id_of('hsds', linked, clean_text('r.link_id')),
  }, keep=linked ~ " is not null") }}
{% endmacro %}

{# Our own: the source's id of each record, and the day of its last change as far as the source tells it.
   What the source tells of former values and of who changed them is not read. #}
{% macro hsds_source__metadata(system) %}
  with record as (
    {%- for entity in ['organization', 'service', 'location', 'service_at_location'] %}
    {{ "union all" if not loop.first }}
    select
      '{{ entity }}' as entity,
      _id,
      {{ hsds_source_value('datetime', 'last_modified') if entity == 'service' else "cast(null as timestamp)" }} as changed_at,
      _state,
      _load_id
    from ({{ hsds_source_rows(system, entity) }}) as {{ entity }}_rows
    {%- endfor %}
  ),

  told as (
    select
      lower({{ clean_text('resource_type') }}) as entity,
      {{ clean_text('resource_id') }} as _id,
      max({{ hsds_source_value('datetime', 'last_action_date') }}) as changed_at
    from ({{ hsds_source_rows(system, 'metadata') }}) as metadata_rows
    group by 1, 2
  ),

  known as (
    select
      r.entity as _table,
      r._id,
      coalesce(r.changed_at, t.changed_at) as changed_at,
      {{ hsds_id_of('hsds', 'r.entity', 'r._id') }} as resource,
      r._state,
      r._load_id
    from record as r
    left join told as t on t.entity = r.entity and t._id = r._id
    where r._id is not null
  )

  select
    {{ entity_row('metadata', 'hsds', 'metadata', "_table || ':' || _id", {
      '_system': literal(system),
      'resource_id': 'resource',
      'resource_type': '_table',
      'last_action_date': "coalesce(cast(changed_at as date), cast('1970-01-01' as date))",
      'last_action_type': "'update'",
      'field_name': "'id'",
      'previous_value': '_id',
      'replacement_value': 'resource',
      'updated_by': literal(system),
    }) }}
  from known
{% endmacro %}
