"""Whether probabilities can be taken at their word: the curve, the line, the parts, the width."""
