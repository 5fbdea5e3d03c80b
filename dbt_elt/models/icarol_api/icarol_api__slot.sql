{# Phones of the records, a row for each. The first number with the label of a slot that the CSV export has
   goes by its name; the others are phone1, phone2 ... in the order of the record. #}
with
phone as (
  select
    *,
    lower(coalesce(label, '') || ' ' || coalesce(purpose, '')) as words,
    {{ phone_number('number') }} as given
  from {{ ref('icarol_api__detail') }}
  where type = 'phonenumber'
),

labelled as (
  select
    *,
    case
      when {{ re_has('words', 'fax') }} then 'fax'
      when {{ re_has('words', 'tty|tdd|textphone') }} then 'tty'
      when {{ re_has('words', 'toll[ -]?free') }} then 'tollfree'
      when {{ re_has('words', 'hotline') }} then 'hotline'
      when {{ re_has('words', 'business line') }} then 'business'
      when {{ re_has('words', 'out of area') }} then 'outofarea'
      when {{ re_has('words', 'after[ -]?hours') }} then 'afterhours'
    end as special
  from phone
  where given is not null
),

ranked as (
  select
    *,
    special is not null and row_number() over (partition by row_key, special order by place) = 1 as by_label
  from labelled
),

named as (
  select
    *,
    case when by_label then special else 'phone' || row_number() over (partition by row_key, by_label order by place) end as name,
    {{ icarol__is_private('withheld', 'unflagged_phones') }} as is_private
  from ranked
)

select
  record.num,
  named.name,
  case when named.is_private then 'withheld' else 'public' end as standing,
  case when not named.is_private then named.given end as number,
  case when not named.is_private then {{ phone_extension('named.number') }} end as extension,
  {{ icarol__phone_type_of('named.words') }} as type,
  case when not named.is_private then {{ joined(['named.label', plain_text('named.description')], ': ') }} end as description
from {{ ref('icarol_api__record') }} as record
inner join named on named.row_key = record._load_id || ':' || record._row_number
where record.{{ in_state() }} and not record.link_only
