"""How contracts change: between revisions, between versions, between tenants, and away from the data."""
