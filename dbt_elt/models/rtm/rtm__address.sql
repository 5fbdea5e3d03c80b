{{ airs_address('rtm') }}
