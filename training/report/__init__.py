"""The report of a training run: one page per language that opens from disk, prints, and needs no network."""
