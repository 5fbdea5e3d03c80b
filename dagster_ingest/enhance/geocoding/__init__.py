"""Coordinates of locations, with how precise they are and where from."""
