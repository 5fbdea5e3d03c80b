{{ hsds_source__service('hsds_api') }}
