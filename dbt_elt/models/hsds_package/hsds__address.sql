{{ hsds_source__address('hsds') }}
