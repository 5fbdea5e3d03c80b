{{ airs_service_area('rtm') }}
