{{ airs_code('rtm') }}
