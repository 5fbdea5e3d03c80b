{{ airs_attribute('airs') }}
