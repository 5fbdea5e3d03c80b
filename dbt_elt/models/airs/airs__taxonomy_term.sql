{{ airs_taxonomy_term('airs') }}
