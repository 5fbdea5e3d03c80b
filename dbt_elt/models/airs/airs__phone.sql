{{ airs_phone('airs') }}
