{{ hsds_entity(
    required={'organization_id': 'organization'},
    optional={'program_id': 'program'}
) }}
