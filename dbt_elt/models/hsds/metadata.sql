{{ hsds_annotation('resource_id', 'resource_type', ['organization', 'service', 'location', 'service_at_location']) }}
