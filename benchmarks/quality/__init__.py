"""Our recipe beside the peers on public sets: figures, paired intervals, times and a verdict.

``python -m benchmarks.quality`` runs everything. ``python -m benchmarks.quality.fill`` only makes and keeps predictions
and needs nothing of ours, so that it runs where a peer's own environment clashes with the product's.
"""
