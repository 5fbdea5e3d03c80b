{{ hsds_source__contact('hsds') }}
