{{ airs_agency_row('airs') }}
