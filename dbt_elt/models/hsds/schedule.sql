{{ hsds_entity(optional={'service_id': 'service', 'location_id': 'location', 'service_at_location_id': 'service_at_location'}) }}
