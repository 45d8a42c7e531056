"""How people and programs use scores: the command line and the BentoML service."""
