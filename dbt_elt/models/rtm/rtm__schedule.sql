{{ airs_schedule('rtm') }}
