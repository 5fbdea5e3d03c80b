{# What a run is about: the tenant, the state, the tenant's choices. Everything comes in as vars at
   execution; at parse time each has a stand-in, so that one parsed manifest serves every tenant. #}

{% macro run_var(name, stand_in) %}
  {%- set value = var(name, none) -%}
  {%- if value is none and execute -%}
    {{ exceptions.raise_compiler_error("the var '" ~ name ~ "' is not given: pass it in --vars") }}
  {%- endif -%}
  {{ return(stand_in if value is none else value) }}
{% endmacro %}

{% macro tenant() %}{{ return(run_var('tenant', 'tenant')) }}{% endmacro %}

{% macro current_state() %}{{ return(run_var('state', 'XX')) }}{% endmacro %}

{% macro systems() %}{{ return(run_var('systems', [])) }}{% endmacro %}

{% macro locales() %}{{ return(var('locales', none) or ['en']) }}{% endmacro %}

{# Today for windows and dates: the var `as_of` (YYYY-MM-DD), else the warehouse's date. #}
{% macro today() %}
  {%- set given = var('as_of', none) -%}
  {{ return("cast('" ~ given ~ "' as date)" if given else "current_date") }}
{% endmacro %}

{# The tenant's privacy choices; what is not given is denied. #}
{% macro privacy_choice(name) %}
  {%- set defaults = {
    'publish_contacts': false,
    'publish_identifiers': false,
    'county_of_private_address': false,
    'unflagged_addresses': 'public',
    'unflagged_phones': 'public',
    'publish_taxonomy_names': false,
  } -%}
  {{ return(choice_of('privacy', name, defaults)) }}
{% endmacro %}

{# The tenant's adaptations. #}
{% macro adapt_choice(name) %}
  {%- set defaults = {
    'display_name': 'service_at_location',
    'phone_order': ['hotline', 'main', 'tollfree'],
    'phone_fallback': ['service_at_location', 'service', 'location', 'organization'],
    'url_fallback': ['service', 'location', 'organization'],
    'require_location': true,
    'require_service_area': false,
    'hide_services': [],
    'custom_attributes': {},
    'rename_organizations': {},
    'service_from_agency': false,
    'service_from_organization_fields': false,
  } -%}
  {{ return(choice_of('adapt', name, defaults)) }}
{% endmacro %}

{% macro choice_of(group, name, defaults) %}
  {%- if name not in defaults -%}
    {{ exceptions.raise_compiler_error("unknown choice " ~ group ~ "." ~ name ~ "; known: " ~ defaults.keys() | join(', ')) }}
  {%- endif -%}
  {{ return((var(group, none) or {}).get(name, defaults[name])) }}
{% endmacro %}

{# A SQL string literal. #}
{% macro literal(text) %}{{ return(adapter.dispatch('literal')(text)) }}{% endmacro %}
{% macro default__literal(text) %}{{ return("'" ~ (text | string).replace("'", "''") ~ "'") }}{% endmacro %}
{% macro snowflake__literal(text) %}{{ return("'" ~ (text | string).replace("\\", "\\\\").replace("'", "''") ~ "'") }}{% endmacro %}

{# `(value, value)` for SQL's `in`; an empty list matches nothing. #}
{% macro literals(values) %}
  {%- set quoted = [] -%}
  {%- for value in values -%}{%- do quoted.append(literal(value)) -%}{%- endfor -%}
  {{ return("(" ~ (quoted | join(", ") if quoted else "null") ~ ")") }}
{% endmacro %}

{% macro in_state() %}{{ return("_state = " ~ literal(current_state())) }}{% endmacro %}

{# The layer's schema as it is named, without the target's prefix. In a file of the tenant's own it is
   the layer; in a warehouse that tenants share, a run puts the tenant's schema in its place
   (dagster_ingest/transform/where.py), and who runs dbt by hand gives the var `schemas`: {layer: schema}. #}
{% macro generate_schema_name(custom_schema_name, node) %}
  {%- set layer = custom_schema_name or target.schema -%}
  {{ return((var('schemas', none) or {}).get(layer, layer)) }}
{% endmacro %}
