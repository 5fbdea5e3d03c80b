{{ hsds_entity(optional={'organization_id': 'organization'}) }}
