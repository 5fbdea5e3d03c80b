"""Places that files are fetched from. Each module has one kind; its library is imported when it is used."""
