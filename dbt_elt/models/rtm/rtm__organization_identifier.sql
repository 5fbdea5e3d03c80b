{{ airs_organization_identifier('rtm') }}
