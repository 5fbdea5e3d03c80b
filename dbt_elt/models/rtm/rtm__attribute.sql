{{ airs_attribute('rtm') }}
