{{ hsds_source__attribute('hsds') }}
