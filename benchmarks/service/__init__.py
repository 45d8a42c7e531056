"""How fast the service is: latency, throughput, overload, and a batch while serving."""
