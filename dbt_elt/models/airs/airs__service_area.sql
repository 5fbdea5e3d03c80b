{{ airs_service_area('airs') }}
