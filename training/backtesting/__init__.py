"""The recipe over time: origins, stretches, what was gained in each."""
