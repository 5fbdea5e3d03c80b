{{ hsds_entity(optional={'service_id': 'service', 'location_id': 'location', 'phone_id': 'phone'}) }}
