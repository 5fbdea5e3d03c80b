{{ airs_url('rtm') }}
