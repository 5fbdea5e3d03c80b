{{ hsds_source__location('hsds') }}
