"""What `dagster-ingest new` writes: values in, texts of files out. Nothing here touches the file system."""
