{{ hsds_entity(optional={'location_id': 'location', 'service_id': 'service', 'organization_id': 'organization', 'contact_id': 'contact', 'service_at_location_id': 'service_at_location'}) }}
