"""What is known of each vendor: tables, keys, privacy register, default contracts."""
