{{ airs_language('rtm') }}
