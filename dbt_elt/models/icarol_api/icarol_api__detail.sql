{# Contact details, a row each, with `withheld`: Yes if the entry, or the contact in it, is confidential; an
   address that repeats the street of a confidential one of the same record is confidential, too. #}
with
item as (
  select
    resource.row_key,
    item.place,
    item.item as entry,
    case when {{ nested_is(nested_get('item.item', "'contact'"), 'OBJECT') }} then {{ nested_get('item.item', "'contact'") }} else item.item end as contact
  from {{ ref('icarol_api__resource') }} as resource
  {{ nested_rows(nested('resource.contactDetails'), 'item') }}
),

detail as (
  select
    row_key,
    place,
    lower(trim({{ icarol_api__field('type') }})) as type,
    {{ icarol_api__any_yes([nested_text('entry', "'isConfidential'"), nested_text('contact', "'isConfidential'")]) }} as flag,
    {{ plain_text(icarol_api__field('purpose')) }} as purpose,
    {{ plain_text(icarol_api__field('label')) }} as label,
    {%- for field in ['number', 'address', 'url', 'description', 'line1', 'line2', 'city', 'county', 'stateProvince', 'zipPostalCode', 'country', 'latitude', 'longitude'] %}
    {{ clean_text(icarol_api__field(field)) }} as {{ field }},
    {%- endfor %}
    {{ nested_text(nested_get('contact', "'name'"), "'displayName'") }} as person,
    {{ nested_joined(nested_get('contact', "'titles'"), ', ') }} as title
  from item
),

private_street as (
  select row_key, lower(line1) as street from detail where flag = 'Yes' and line1 is not null
  union
  select row_key, lower(line2) from detail where flag = 'Yes' and line2 is not null
)

select
  detail.*,
  case when private_street.street is not null then 'Yes' else detail.flag end as withheld
from detail
left join private_street on private_street.row_key = detail.row_key and private_street.street = lower(detail.line1)
