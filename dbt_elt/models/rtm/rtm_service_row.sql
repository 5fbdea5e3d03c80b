{{ airs_service_row('rtm') }}
