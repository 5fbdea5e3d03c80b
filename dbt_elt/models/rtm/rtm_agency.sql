{{ airs_agency('rtm') }}
