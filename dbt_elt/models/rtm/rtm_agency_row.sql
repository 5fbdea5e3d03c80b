{{ airs_agency_row('rtm') }}
