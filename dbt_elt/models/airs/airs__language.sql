{{ airs_language('airs') }}
