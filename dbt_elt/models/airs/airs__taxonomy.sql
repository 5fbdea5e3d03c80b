{{ airs_taxonomy('airs') }}
