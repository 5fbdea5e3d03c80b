"""The `sling` connector: tables of any database that the program sling reads."""
