"""Service areas: from the words of a source to places and their outlines."""
