{{ airs_place('airs') }}
