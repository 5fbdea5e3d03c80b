{{ hsds_annotation('link_id', 'link_entity', ['organization', 'service', 'location', 'service_at_location'], required={'taxonomy_term_id': 'taxonomy_term'}) }}
