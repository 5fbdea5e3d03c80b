{{ airs_taxonomy('rtm') }}
