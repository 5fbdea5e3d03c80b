{{ airs_location('airs') }}
