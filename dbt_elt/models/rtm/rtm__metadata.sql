{{ airs_metadata('rtm') }}
