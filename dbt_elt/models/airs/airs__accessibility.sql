{{ airs_accessibility('airs') }}
