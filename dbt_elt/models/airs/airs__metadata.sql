{{ airs_metadata('airs') }}
