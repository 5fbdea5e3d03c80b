{# The entities that WellSky fills: a model wellsky__<entity> each. #}
{% macro wellsky__entities() %}
  {{ return([
    'organization', 'organization_identifier', 'url', 'location', 'address', 'phone', 'accessibility',
    'contact', 'service', 'service_at_location', 'schedule', 'service_area', 'language',
    'required_document', 'taxonomy', 'taxonomy_term', 'attribute', 'metadata',
  ]) }}
{% endmacro %}

{# Whether a visibility flag lets the record be seen: not stated lets it, a word nobody knows does not. #}
{% macro wellsky_shown(flag) %}
  {{ return("coalesce(" ~ parse_bool(flag) ~ ", " ~ clean_text(flag) ~ " is null)") }}
{% endmacro %}

{# The same for an address or a phone, whose flag may be left blank: then the tenant's choice holds. #}
{% macro wellsky_shown_or(flag, choice) %}
  {%- set unflagged = 'true' if privacy_choice(choice) == 'public' else 'false' -%}
  {{ return("coalesce(" ~ parse_bool(flag) ~ ", " ~ clean_text(flag) ~ " is null and " ~ unflagged ~ ")") }}
{% endmacro %}

{# Flags that organizations and locations both have. #}
{% macro wellsky_record_shown() %}
  {{ return(wellsky_shown('ISACTIVE') ~ " and " ~ wellsky_shown('OPERATIONAL') ~ " and " ~ wellsky_shown('SHOW_ON_PUBLIC_SITE')) }}
{% endmacro %}

{# The service of a row of brevservices, as a source id: see wellsky_service_row. #}
{% macro wellsky_service_uuid(column='service_key') %}{{ return(hsds_id('wellsky', 'service_group', column)) }}{% endmacro %}
