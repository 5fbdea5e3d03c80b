{{ stage_child({'organization_id': 'organization', 'service_id': 'service'}) }}
