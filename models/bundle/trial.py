"""``python -m models.bundle.trial FOLDER``: load a bundle and give its golden rows, in a process that may die.

Compiled code walks the trees, so a fault that no check foresaw would end the process: this one and not the service.
Exit code 0 means that all golden rows came out; any other refuses the bundle. What is wrong stands on standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from features.domain import LeadscoreError
from models.bundle.assemble import assemble
from models.bundle.contents import read_listed
from models.bundle.golden import check_golden

MEMORY_BYTES = 8 * 2**30
"""Address space, of which compilers and polars reserve far more than they use (about 3 GB for a small bundle)."""


def main(arguments: Sequence[str]) -> int:
    """Return 0 if the bundle in the folder gives its golden rows, else 1."""
    _limit_memory()
    try:
        texts = read_listed(Path(arguments[0]))
        check_golden(texts, assemble(texts))
    except LeadscoreError as error:
        sys.stdout.write(error.given)
        return 1
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        # Only Unix can limit; elsewhere the time limit remains.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
