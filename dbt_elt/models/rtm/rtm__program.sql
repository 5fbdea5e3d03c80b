{{ airs_program('rtm') }}
