{{ airs_service_row('airs') }}
