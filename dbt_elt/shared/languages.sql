{# Languages by the names that resource databases use: ISO 639-1, or 639-2 where there is no other. #}
{% macro language_names() %}
  {{ return({
    'af': ['afrikaans'], 'sq': ['albanian'], 'ase': ['asl', 'american sign language', 'sign language', 'sign'],
    'am': ['amharic'], 'ar': ['arabic'], 'hy': ['armenian'], 'as': ['assamese'], 'az': ['azerbaijani'], 'bn': ['bengali', 'bangla'],
    'bs': ['bosnian'], 'bg': ['bulgarian'], 'my': ['burmese'], 'ca': ['catalan'], 'ceb': ['cebuano'],
    'zh': ['chinese'], 'yue': ['cantonese', 'chinese-cantonese'], 'cmn': ['mandarin', 'chinese-mandarin'], 'hr': ['croatian'], 'cs': ['czech'], 'da': ['danish'],
    'prs': ['dari'], 'din': ['dinka'], 'nl': ['dutch'], 'en': ['english', 'eng', 'anglais', 'inglés', 'ingles'], 'et': ['estonian'],
    'fa': ['farsi', 'persian'], 'fj': ['fijian'], 'fi': ['finnish'], 'fr': ['french', 'français', 'francais', 'francés'],
    'ka': ['georgian'], 'de': ['german'], 'el': ['greek'], 'gu': ['gujarati'], 'ht': ['haitian creole', 'creole', 'haitian', 'kreyol'],
    'ha': ['hausa'], 'haw': ['hawaiian'], 'he': ['hebrew'], 'hi': ['hindi'], 'hmn': ['hmong'], 'hu': ['hungarian'], 'is': ['icelandic'],
    'ig': ['igbo'], 'ilo': ['ilocano'], 'id': ['indonesian'], 'ga': ['irish'], 'it': ['italian'], 'ja': ['japanese'],
    'kn': ['kannada'], 'kar': ['karen'], 'km': ['khmer', 'cambodian'], 'rw': ['kinyarwanda'], 'rn': ['kirundi'], 'ko': ['korean'],
    'ku': ['kurdish'], 'lo': ['lao', 'laotian'], 'lv': ['latvian'], 'ln': ['lingala'], 'lt': ['lithuanian'], 'mk': ['macedonian'],
    'ms': ['malay'], 'ml': ['malayalam'], 'mr': ['marathi'], 'mh': ['marshallese'], 'mn': ['mongolian'], 'nv': ['navajo'],
    'ne': ['nepali'], 'no': ['norwegian'], 'om': ['oromo'], 'ps': ['pashto'], 'pl': ['polish'], 'pt': ['portuguese'],
    'pa': ['punjabi', 'panjabi'], 'ro': ['romanian'], 'ru': ['russian'], 'sm': ['samoan'], 'sr': ['serbian'], 'si': ['sinhala', 'sinhalese'],
    'sk': ['slovak'], 'sl': ['slovenian'], 'so': ['somali'], 'es': ['spanish', 'español', 'espanol', 'espagnol'], 'sw': ['swahili'],
    'sv': ['swedish'], 'tl': ['tagalog', 'filipino'], 'ta': ['tamil'], 'te': ['telugu'], 'th': ['thai'], 'bo': ['tibetan'],
    'ti': ['tigrinya'], 'to': ['tongan'], 'tr': ['turkish'], 'uk': ['ukrainian'], 'ur': ['urdu'], 'uz': ['uzbek'],
    'vi': ['vietnamese'], 'cy': ['welsh'], 'yi': ['yiddish'], 'yo': ['yoruba'],
  }) }}
{% endmacro %}

{# The code of a language's name, or null. `Spanish (on request)` is Spanish. #}
{% macro language_code(text) %}
  {{ return(adapter.dispatch('looked_up')(re_replace("lower(trim(" ~ text ~ "))", ' *[(].*$', ''), codes_by_language())) }}
{% endmacro %}

{% macro codes_by_language() %}
  {%- set codes = {} -%}
  {%- for code, names in language_names().items() -%}
    {%- for name in names -%}{%- do codes.update({name: code}) -%}{%- endfor -%}
  {%- endfor -%}
  {{ return(codes) }}
{% endmacro %}

{# The value of a key (a SQL expression) in a small constant table, or null. #}
{% macro default__looked_up(key, table) %}
  {%- set pairs = [] -%}
  {%- for name, value in table.items() -%}{%- do pairs.append(literal(name) ~ ": " ~ literal(value)) -%}{%- endfor -%}
  {{ return("map_extract_value(map {" ~ pairs | join(", ") ~ "}, " ~ key ~ ")") }}
{% endmacro %}

{% macro snowflake__looked_up(key, table) %}
  {{ return("cast(get(parse_json(" ~ literal(tojson(table)) ~ "), " ~ key ~ ") as varchar)") }}
{% endmacro %}

{# The language of a record: `en`, `en-US`, `EN_CA` and `English` are en; null where it is not said. #}
{% macro language_tag(text) %}
  {%- set lowered = "lower(trim(" ~ text ~ "))" -%}
  {{ return("coalesce(" ~ re_group(lowered, '^([a-z][a-z])([-_].*)?$', 1) ~ ", " ~ language_code(text) ~ ", nullif(" ~ lowered ~ ", ''))") }}
{% endmacro %}
