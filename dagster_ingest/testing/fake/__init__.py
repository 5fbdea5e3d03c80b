"""Vendors' interfaces as servers and file writers of our own, faithful to what is known of them."""
