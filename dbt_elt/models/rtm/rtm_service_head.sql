{{ airs_service_head('rtm') }}
