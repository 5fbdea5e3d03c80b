"""The `airbyte` connector: any Airbyte source that is a Python package, as a process of its own."""
