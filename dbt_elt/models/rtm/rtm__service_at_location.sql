{{ airs_service_at_location('rtm') }}
