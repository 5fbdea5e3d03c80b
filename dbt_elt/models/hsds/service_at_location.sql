{{ hsds_entity(required={'service_id': 'service', 'location_id': 'location'}) }}
