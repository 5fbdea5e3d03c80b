{% macro icarol__address_sql() %}
{% set sorts = [('physical', 'physical_county', "cast(null as varchar)"), ('mailing', "cast(null as varchar)", 'mailing_attention')] %}
{%- for sort, county, attention in sorts %}
{{ 'union all' if not loop.first }}
select
  {{ hsds_id('icarol', 'address', "_source_table || ':' || _source_id || ':" ~ sort ~ "'") }} as id,
  location_id,
  {{ attention }} as attention,
  coalesce({{ sort }}_address_1, {{ sort }}_address_2) as address_1,
  case when {{ sort }}_address_1 is not null then {{ sort }}_address_2 end as address_2,
  {{ sort }}_city as city,
  {{ county }} as region,
  coalesce({{ sort }}_state, _state) as state_province,
  {{ sort }}_postal_code as postal_code,
  {{ country_code(sort ~ '_country') }} as country,
  '{{ 'postal' if sort == 'mailing' else 'physical' }}' as address_type,
  _tenant,
  _state,
  _system,
  'address' as _source_table,
  _source_table || ':' || _source_id || ':{{ sort }}' as _source_id,
  _load_id
from {{ icarol__ref('place') }}
where {{ sort }}_complete
{%- endfor %}
{% endmacro %}
