{{ airs_accessibility('rtm') }}
