{{ hsds_entity(optional={'service_id': 'service', 'service_at_location_id': 'service_at_location'}) }}
