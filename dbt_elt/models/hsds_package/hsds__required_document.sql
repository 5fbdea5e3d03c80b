{{ hsds_source__required_document('hsds') }}
