{{ hsds_entity(
    required={'organization_id': 'organization'},
    fallback={'description': 'name'}
) }}
