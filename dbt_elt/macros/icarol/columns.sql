{# iCarol's columns by what they are for, as its CSV export names them. The models of `icarol` (the CSV)
   and of `icarol_api` call the same macros: which records they are about is said by the model's name. #}

{# The system of the model that is being built. #}
{% macro icarol__system() %}{{ return(model.name.split('__')[0]) }}{% endmacro %}

{# The model `name` of the same system. #}
{% macro icarol__ref(name) %}{{ return(ref(icarol__system() ~ '__' ~ name)) }}{% endmacro %}

{# The columns of the CSV export that are read; none while dbt parses. #}
{% macro icarol__columns() %}
  {{ return(graph.sources['source.dbt_elt.icarol.resource'].columns.keys() | list if execute else []) }}
{% endmacro %}

{# What a link-only ProgramAtSite row keeps of its own: keys, links and stamps. #}
{% macro icarol__link_columns() %}
  {{ return([
    'ResourceAgencyNum', 'TaxonomyLevelName', 'ParentAgencyNum', 'ConnectsToProgramNum', 'ConnectsToSiteNum',
    'LanguageOfRecord', 'IsLinkOnly', 'UniqueIDPriorSystem', 'EnteredOn', 'UpdatedOn', 'Custom_Deleted_Record',
  ]) }}
{% endmacro %}

{# Phone slots in the order they are published: the slot's name in ids, the column that holds the
   number and what its other columns start with, the HSDS type, and a label for nameless slots. #}
{% macro icarol__phone_slots() %}
  {%- set slots = [] -%}
  {%- for n in range(1, 6) -%}
    {%- do slots.append({'name': 'phone' ~ n, 'number': 'Phone' ~ n ~ 'Number', 'prefix': 'Phone' ~ n,
        'numbered': true, 'type': none, 'label': none}) -%}
  {%- endfor -%}
  {%- for name, prefix, type, label in [
    ('fax', 'PhoneFax', 'fax', none),
    ('tty', 'PhoneTTY', 'textphone', none),
    ('tollfree', 'PhoneTollFree', 'voice', 'Toll free'),
    ('hotline', 'PhoneNumberHotline', 'voice', 'Hotline'),
    ('business', 'PhoneNumberBusinessLine', 'voice', 'Business line'),
    ('outofarea', 'PhoneNumberOutOfArea', 'voice', 'Out of area'),
    ('afterhours', 'PhoneNumberAfterHours', 'voice', 'After hours'),
  ] -%}
    {%- do slots.append({'name': name, 'number': prefix, 'prefix': prefix, 'numbered': false, 'type': type, 'label': label}) -%}
  {%- endfor -%}
  {{ return(slots) }}
{% endmacro %}

{# The HSDS type of a numbered slot, by the words of its type and name. #}
{% macro icarol__phone_type(prefix) %}
  {{- icarol__phone_type_of("lower(coalesce(" ~ prefix ~ "Type, '') || ' ' || coalesce(" ~ prefix ~ "Name, ''))") -}}
{% endmacro %}

{% macro icarol__phone_type_of(words) %}
  case
      when {{ re_has(words, 'fax') }} then 'fax'
      when {{ re_has(words, 'tty|tdd|textphone') }} then 'textphone'
      when {{ re_has(words, '(^|[^a-z])(text|sms)([^a-z]|$)') }} then 'text'
      when {{ re_has(words, 'cell|mobile') }} then 'cell'
      else 'voice'
    end
{%- endmacro %}

{# Texts of one column that become attributes of what the record is, with their label. #}
{% macro icarol__facets() %}
  {{ return({
    'EligibilityAdult': 'Eligibility: adult', 'EligibilityChild': 'Eligibility: child',
    'EligibilityFamily': 'Eligibility: family', 'EligibilityFemale': 'Eligibility: female',
    'EligibilityMale': 'Eligibility: male', 'EligibilityTeen': 'Eligibility: teen',
  }) }}
{% endmacro %}

{# Whether a private flag withholds: what is blank means what the tenant says. #}
{% macro icarol__is_private(flag, choice) %}
  {{ return("coalesce(" ~ parse_bool(flag) ~ ", " ~ ("true" if privacy_choice(choice) == 'private' else "false") ~ ")") }}
{% endmacro %}

{# The tail of every iCarol model's columns. #}
{% macro icarol__origin(source_table, source_id, from='') %}
  {{ return((from ~ "_tenant,\n  " ~ from ~ "_state,\n  '" ~ icarol__system() ~ "' as _system,\n  " ~ source_table ~ " as _source_table,\n  "
    ~ source_id ~ " as _source_id,\n  " ~ from ~ "_load_id")) }}
{% endmacro %}

{# Text about languages that is no list of them: an item of more than three words. #}
{% macro icarol__is_prose(text) %}
  {{ return(re_has(text, '([^ ;,/]+ +){3,}[^ ;,/]+')) }}
{% endmacro %}

{# The columns that adapt.custom_attributes names, as {raw column: label}. What the never-publish
   register names cannot be published as an attribute either. #}
{% macro icarol__custom_columns() %}
  {%- set columns = {} -%}
  {%- set never = icarol__never_attributes() | map('lower') | list -%}
  {%- for heading, label in (adapt_choice('custom_attributes') or {}).items() -%}
    {%- set column = raw_column(heading) -%}
    {%- if column | lower in never -%}
      {{ exceptions.raise_compiler_error("adapt.custom_attributes names " ~ heading ~ ", which is never published") }}
    {%- endif -%}
    {%- do columns.update({column: label}) -%}
  {%- endfor -%}
  {{ return(columns) }}
{% endmacro %}

{# The never-publish register: as a whole, or by the flags of the row (then the models decide). #}
{% macro icarol__never_attributes() %}
  {%- set columns = [
    'InternalNotes', 'InternalNotesForEditorsAndViewers', 'ResourceInfo',
    'LastVerifiedByName', 'LastVerifiedByTitle', 'LastVerifiedByPhoneNumber', 'LastVerifiedByEmailAddress',
    'LastVerificationApprovedBy',
    'PhysicalAddress1', 'PhysicalAddress2', 'PhysicalCity', 'PhysicalCounty', 'PhysicalPostalCode',
    'MailingAttentionName', 'MailingAddress1', 'MailingAddress2', 'MailingCity', 'MailingPostalCode',
    'OtherAddress1', 'OtherAddress2', 'OtherCity', 'OtherCounty', 'OtherStateProvince', 'OtherPostalCode', 'OtherCountry',
    'PhysicalLocationDescription', 'BusServiceAccess', 'PublicAccessTransportation',
    'Latitude', 'Longitude', 'Phone5name', 'Phone5Name',
    'SeniorWorkerName', 'SeniorWorkerTitle', 'SeniorWorkerEmailAddress', 'SeniorWorkerPhoneNumber',
    'MainContactName', 'MainContactTitle', 'MainContactEmailAddress', 'MainContactPhoneNumber', 'MainContactType',
    'AnnualBudgetTotal', 'FEIN', 'IRSStatus', 'SourceOfFunds', 'CurrentWorkflowStepCode',
    'TaxonomyTerm', 'TaxonomyTerms', 'TaxonomyTermsNotDeactivated', 'SearchHints',
  ] -%}
  {%- for slot in icarol__phone_slots() -%}
    {%- do columns.extend([slot.number, slot.prefix ~ 'Name', slot.prefix ~ 'Description']) -%}
  {%- endfor -%}
  {{ return(columns) }}
{% endmacro %}

{# The key columns of a child: one is filled, by what the owner is. #}
{% macro icarol__owner_key(entity, from='owner.') %}
  {{ return("case when " ~ from ~ "entity = '" ~ entity ~ "' then " ~ from ~ "entity_id end as " ~ entity ~ "_id") }}
{% endmacro %}

{# The tail of a child's columns: its source id is its owner's and a name of its own. #}
{% macro icarol__child_origin(kind, name, from='owner.') %}
  {{ return("'" ~ tenant() ~ "' as _tenant,\n  '" ~ current_state() ~ "' as _state,\n  '" ~ icarol__system() ~ "' as _system,\n  '" ~ kind
    ~ "' as _source_table,\n  " ~ from ~ "entity_key || ':' || " ~ name ~ " as _source_id,\n  " ~ from ~ "_load_id") }}
{% endmacro %}

{% macro icarol__child_id(kind, name, from='owner.') %}
  {{ return(hsds_id('icarol', kind, from ~ "entity_key || ':' || " ~ name) ~ " as id") }}
{% endmacro %}
