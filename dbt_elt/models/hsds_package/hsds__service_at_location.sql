{{ hsds_source__service_at_location('hsds') }}
