{# The entities that VisionLink fills: a model visionlink__<entity> each. #}
{% macro visionlink__entities() %}
  {{ return([
    'organization', 'organization_identifier', 'location', 'address', 'phone', 'contact', 'service',
    'service_at_location', 'schedule', 'service_area', 'language', 'required_document', 'cost_option',
    'accessibility', 'taxonomy', 'taxonomy_term', 'attribute', 'metadata',
  ]) }}
{% endmacro %}

{# Whether a record may be seen. The record's own status is active, deleted or disabled; the form's
   status is a list of labels that each tenant words for itself ("Internal Only", "Cancelled - DO NOT
   USE"), so only lists of Active and Seasonal pass, and a label nobody knows hides the record. #}
{% macro visionlink_shown(status, labels) %}
  {%- set words = "lower(translate(coalesce(" ~ labels ~ ", ''), '[]\"', ''))" -%}
  {{ return("(coalesce(" ~ clean_text("lower(" ~ status ~ ")") ~ ", 'active') = 'active' and "
    ~ re_has(words, '^[[:space:]]*((active|seasonal)[^,]*(,[[:space:]]*(active|seasonal)[^,]*)*)?$')
    ~ " and not " ~ visionlink_says_hide(labels) ~ ")") }}
{% endmacro %}

{# Words by which a label forbids to show the record, whatever else it says. #}
{% macro visionlink_says_hide(labels) %}
  {{ return(re_has("lower(coalesce(" ~ labels ~ ", ''))", 'do not|not refer|internal|inactive|suspend|cancel|confidential|pending|hidden')) }}
{% endmacro %}

{# Raw columns of a table whose heading ends so: flags that only some tenants' forms have, under a
   module's name that the tenant chose. #}
{% macro visionlink_columns(table, ending) %}
  {%- if not execute -%}{{ return([]) }}{%- endif -%}
  {%- set registered = source('visionlink', table) -%}
  {%- set found = [] -%}
  {%- for name in (var('sources', none) or {}).get('visionlink', ['visionlink']) -%}
    {%- set relation = adapter.get_relation(registered.database, registered.schema, name ~ '_' ~ table) -%}
    {%- for column in (adapter.get_columns_in_relation(relation) if relation is not none else []) -%}
      {%- if column.name.lower().endswith(ending) and column.name.lower() not in found -%}
        {%- do found.append(column.name.lower()) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{# Whether an address is confidential by flags such as these: any that does not plainly say no. Where
   no flag is filled, or the form has none, the tenant's choice holds. #}
{% macro visionlink_confidential(flags) %}
  {%- set unflagged = 'true' if privacy_choice('unflagged_addresses') == 'private' else 'false' -%}
  {%- if not flags -%}{{ return(unflagged) }}{%- endif -%}
  {%- set hides = [] -%}
  {%- set filled = [] -%}
  {%- for flag in flags -%}
    {%- do hides.append("(" ~ clean_text(flag) ~ " is not null and not coalesce(" ~ parse_bool(flag) ~ " = false, false))") -%}
    {%- do filled.append(clean_text(flag) ~ " is not null") -%}
  {%- endfor -%}
  {{ return("(" ~ hides | join(" or ") ~ " or (not (" ~ filled | join(" or ") ~ ") and " ~ unflagged ~ "))") }}
{% endmacro %}

{# Lists of eligibility facets: column, and the label under which its options are published. #}
{% macro visionlink_facets() %}
  {{ return({
    'ServiceOption_EligibilityFocusPopulations': 'Focus populations',
    'ServiceOption_EligibilityAges': 'Age groups',
    'ServiceOption_EligibilityDisabilitesHealth': 'Disabilities and health',
    'ServiceOption_EligibilityHouseholdMembers': 'Household',
  }) }}
{% endmacro %}

{# Columns of the tenant's own form that its spec publishes as attributes: heading to label. Only
   `AgencyCustom_*` and `ServiceCustom_*` can be named, so no register column is reachable this way. #}
{% macro visionlink_custom(table) %}
  {%- set wanted = {} -%}
  {%- for heading, label in adapt_choice('custom_attributes').items() -%}
    {%- if heading.startswith({'agency': 'AgencyCustom_', 'service': 'ServiceCustom_'}[table]) -%}
      {%- do wanted.update({raw_column(heading): label}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(wanted) }}
{% endmacro %}
