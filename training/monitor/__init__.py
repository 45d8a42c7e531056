"""Watching a model after it was promoted: the leads, the scores, what became of them, and the certificate."""
