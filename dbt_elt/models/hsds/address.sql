{{ hsds_entity(required={'location_id': 'location'}) }}
