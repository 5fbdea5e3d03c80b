"""The `http` connector: any web API that hands out records."""
