"""What is told to others, one file for each library: OpenLineage, OpenTelemetry, Prometheus."""
