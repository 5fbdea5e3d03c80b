"""What a tenant asks for: models, contracts, YAML positions. Pure."""
