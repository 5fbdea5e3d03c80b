{{ hsds_entity(
    optional={'taxonomy_id': 'taxonomy'},
    fallback={'name': 'code', 'description': 'code'}
) }}
