"""Whether leads are still like those that a model was judged on, and whether its probabilities still come true."""
