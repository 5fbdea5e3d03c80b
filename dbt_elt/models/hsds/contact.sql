{{ hsds_entity(optional={'organization_id': 'organization', 'service_id': 'service', 'service_at_location_id': 'service_at_location', 'location_id': 'location'}) }}
