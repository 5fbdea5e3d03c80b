{{ airs_phone('rtm') }}
