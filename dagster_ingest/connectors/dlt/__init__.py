"""The `dlt` connector: any dlt source, for extraction only."""
