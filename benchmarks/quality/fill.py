"""Make and keep predictions, and nothing else: for a peer whose environment is not the product's.

    python -m benchmarks.quality.fill --keep DIR --methods autogluon_medium --splits time

Needs the peer, pandas and scikit-learn. ``python -m benchmarks.quality --keep DIR`` then finds what was kept.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings

from benchmarks.quality.choices import add_choices
from benchmarks.quality.fitting import MissingLibraryError, predict_part
from benchmarks.quality.kept import Kept
from benchmarks.quality.methods import METHODS
from benchmarks.quality.sets import parts, read_baselines


def main() -> int:
    """Fill the folder; the exit code is 2 if a method is missing here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_choices(parser)
    options = parser.parse_args()
    if options.keep is None:
        parser.error("--keep is needed: the folder in which predictions are kept.")
    baselines = read_baselines()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    missing = False
    for name in options.sets:
        data = baselines.REGISTRY[name]()
        for split in options.splits:
            for method in (METHODS[one] for one in options.methods):
                if not method.applies(name, split):
                    continue
                try:
                    for part in parts(data, split, options.folds):
                        made = predict_part(method, part, baselines, Kept(options.keep), options.seed)
                        how = "kept before" if made.reused else "made"
                        print(f"{name} {split} {part.fold} {method.name}: {how}, {made.fit_seconds:.1f} s", flush=True)
                except MissingLibraryError as reason:
                    print(f"{method.name}: {reason}", file=sys.stderr)
                    missing = True
    return 2 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
