{{ hsds_entity(required={'service_id': 'service'}) }}
