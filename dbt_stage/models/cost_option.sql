{{ stage_child({'service_id': 'service'}) }}
