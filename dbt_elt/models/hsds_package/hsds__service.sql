{{ hsds_source__service('hsds') }}
