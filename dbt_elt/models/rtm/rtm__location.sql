{{ airs_location('rtm') }}
