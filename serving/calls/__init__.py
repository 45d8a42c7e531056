"""What the service does with its store, one use case a file; none of them knows of HTTP."""
