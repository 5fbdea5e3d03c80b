{{ airs_service('rtm') }}
