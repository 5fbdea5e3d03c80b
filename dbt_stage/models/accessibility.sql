{{ stage_child({'location_id': 'location'}) }}
