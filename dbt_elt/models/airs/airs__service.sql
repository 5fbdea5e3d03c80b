{{ airs_service('airs') }}
