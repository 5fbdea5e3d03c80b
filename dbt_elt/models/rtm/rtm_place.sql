{{ airs_place('rtm') }}
