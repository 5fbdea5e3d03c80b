{{ airs_contact('rtm') }}
