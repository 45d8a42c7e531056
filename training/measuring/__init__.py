"""Models on leads that they never learned from: one alone, or several beside each other."""
