{{ airs_organization_identifier('airs') }}
