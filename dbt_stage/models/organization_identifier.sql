{{ stage_child({'organization_id': 'organization'}) }}
