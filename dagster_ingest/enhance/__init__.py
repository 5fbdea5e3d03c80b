"""What a record gains between stage and publishing: coordinates, outlines of service areas. Pure."""
