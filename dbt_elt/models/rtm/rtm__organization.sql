{{ airs_organization('rtm') }}
