{{ stage_child({'service_id': 'service', 'service_at_location_id': 'service_at_location'}) }}
