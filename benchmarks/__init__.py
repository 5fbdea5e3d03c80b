"""What the platform costs beside its peers and its limits. Run by `make bench`, never by tests."""
