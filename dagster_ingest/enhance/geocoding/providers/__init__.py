"""Geocoders over HTTP, one file each."""
