{{ airs_service_at_location('airs') }}
