{{ airs_taxonomy_term('rtm') }}
