{# The agencies that may be seen, with what decides over their addresses. A public address that repeats
   the confidential one is as confidential. #}
{%- set physical_flags = visionlink_columns('agency', 'physicaladdressconfidential') -%}
{%- set mailing_flags = visionlink_columns('agency', 'mailingaddressconfidential') -%}
with cleaned as (
  select
    {{ clean_text('Agency_Id') }} as agency_key,
    {{ plain_text('AgencySystem_Name') }} as name,
    {{ plain_text('AgencySystem_Aka') }} as alternate_name,
    {{ rich_text('AgencySystem_Description') }} as description,
    {{ clean_email('AgencySystem_EmailAddress') }} as email,
    {{ clean_url('AgencySystem_Websiteurl') }} as website,
    {{ re_find('AgencySystem_YearOfIncorporation', '(1[6-9]|20)[0-9]{2}') }} as year_incorporated,
    {%- for kind, prefix in [('physical', 'AgencyAddressus_AgencyAddressus_'), ('mailing', 'AgencyAddressus_MailingAddress_')] %}
    {%- for part in ['address_1', 'address_2', 'city', 'county', 'state', 'zip', 'country', 'notes'] %}
    {{ plain_text(prefix ~ part) }} as {{ kind }}_{{ part }},
    {%- endfor %}
    {%- endfor %}
    {{ coordinate('AgencyAddressus_AgencyAddressus_latitude', 90) }} as latitude,
    {{ coordinate('AgencyAddressus_AgencyAddressus_longitude', 180) }} as longitude,
    {{ plain_text('AgencyAddressus_ConfidentialAddress_address_1') }} as secret_address,
    coalesce(
      {%- for part in ['address_1', 'city', 'county'] %}
      {{ clean_text('AgencyAddressus_ConfidentialAddress_' ~ part) }}{{ "," if not loop.last }}
      {%- endfor %}
    ) is not null as is_confidential,
    {{ visionlink_confidential(physical_flags) }} as physical_is_secret,
    {%- for part in ['city', 'county'] %}
    coalesce(
      {{ plain_text('AgencyAddressus_ConfidentialAddress_' ~ part) }},
      {{ plain_text('AgencyAddressus_AgencyAddressus_' ~ part) }}
    ) as secret_{{ part }},
    {%- endfor %}
    {{ visionlink_confidential(mailing_flags) }} as mailing_is_secret,
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency', extra=physical_flags + mailing_flags) }} as r
  where {{ clean_text('Agency_Id') }} is not null
    and {{ visionlink_shown('Agency_Status', 'AgencyOption_Status') }}
)

select
  c.*,
  physical_address_1 is not null and not physical_is_secret
    and coalesce(lower(physical_address_1) <> lower(secret_address), true) as has_address,
  mailing_address_1 is not null and not mailing_is_secret
    and coalesce(lower(mailing_address_1) <> lower(secret_address), true)
    and not (physical_is_secret and coalesce(lower(mailing_address_1) = lower(physical_address_1), false)) as has_mailing,
  is_confidential or (physical_address_1 is not null and physical_is_secret) as has_secret
from cleaned as c
