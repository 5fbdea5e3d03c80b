{{ hsds_source__metadata('hsds') }}
