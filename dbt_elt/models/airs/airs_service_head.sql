{{ airs_service_head('airs') }}
