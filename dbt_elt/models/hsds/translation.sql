{{ hsds_annotation('id', 'entity', ['organization', 'service', 'location', 'service_at_location'], key='translation_id') }}
