{# People, only for a tenant that publishes them. CONTACTS stands on organizations and on locations, and
   one contact may stand on both: the organization's copy is taken, and hidden in one place is hidden.
   A contact whose hide flag is not a plain "no" is hidden. #}
with cells as (
  select
    'organization' as owner,
    {{ clean_text('ID') }} as owner_key,
    {{ nested('CONTACTS_json') }} as contacts,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'organization') }} as r
  union all
  select 'location', {{ clean_text('ID') }}, {{ nested('CONTACTS_json') }}, _state, _load_id
  from {{ raw_rows('wellsky', 'location') }} as r
),

people as (
  select
    c.owner,
    c.owner_key,
    {{ clean_text(nested_text('i.item', "'id'")) }} as contact_key,
    {{ plain_text(nested_text('i.item', "'name'")) }} as name,
    {{ plain_text(nested_text('i.item', "'title'")) }} as title,
    {{ clean_email(nested_text('i.item', "'email'")) }} as email,
    {{ nested_text('i.item', "'phone_number'") }} as phone,
    coalesce(not ({{ parse_bool(nested_text('i.item', "'hide_from_provider_profile'")) }}), false)
      and {{ wellsky_shown(nested_text('i.item', "'isActive'")) }} as is_shown,
    c._state,
    c._load_id
  from cells as c
  {{ nested_rows('c.contacts', 'i') }}
  where {{ 'true' if privacy_choice('publish_contacts') else 'false' }}
)

select *
from people
where contact_key is not null
qualify min(case when is_shown then 1 else 0 end) over (partition by contact_key) = 1
  and row_number() over (partition by contact_key order by owner desc, owner_key) = 1
