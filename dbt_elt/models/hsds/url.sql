{{ hsds_entity(optional={'organization_id': 'organization', 'service_id': 'service'}) }}
