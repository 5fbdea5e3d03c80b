{# A geotag says its scope (state, county, zip, city, country, or several): the narrowest of them is the
   area, the wider ones say where it lies. #}
with tags as (
  select
    s.service_key,
    lower(coalesce({{ nested_text('i.item', "'scope'") }}, '')) as scope,
    {%- for part in ['zip', 'city', 'county', 'state', 'country'] %}
    {{ clean_text(nested_text('i.item', "'" ~ part ~ "'")) }} as {{ part }},
    {%- endfor %}
    s._state,
    s._load_id
  from (
    select service_key, {{ nested('ServiceGeotagus_ServiceGeotagus') }} as tags, _state, _load_id
    from {{ ref('visionlink_service_row') }} as r
  ) as s
  {{ nested_rows('s.tags', 'i') }}
),

named as (
  select distinct
    service_key,
    case
      {%- for part in ['zip', 'city', 'county', 'state', 'country'] %}
      when {{ part }} is not null and (scope = '' or {{ re_has('scope', '(^|[^a-z])' ~ part) }}) then '{{ part }}'
      {%- endfor %}
    end as level,
    zip,
    city,
    county,
    upper(state) as state,
    country,
    _state,
    _load_id
  from tags
)

select
  {{ entity_row('service_area', 'visionlink', 'service_area', "'service:' || service_key || ':' || level || ':' || name", {
    'service_id': hsds_id('visionlink', 'service', 'service_key'),
    'name': 'name',
    'description': 'level',
  }) }}
from (
  select distinct
    service_key,
    level,
    case level
      when 'zip' then zip
      when 'city' then city || coalesce(', ' || state, '')
      when 'county' then
        county || case when lower(county) like '% county' or lower(county) like '% parish' then '' else ' County' end
        || coalesce(', ' || state, '')
      when 'state' then state
      when 'country' then country
    end as name,
    _state,
    _load_id
  from named
) as areas
where name is not null
