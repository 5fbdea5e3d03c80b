{{ airs_group('rtm') }}
