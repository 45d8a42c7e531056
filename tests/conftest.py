"""How all tests run: which stay together in one of several processes; none fails because the machine is busy."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("leadscore", deadline=None)
settings.load_profile("leadscore")

# A company that is trained once for all its stories takes longer than most of them.
TRAINED_ONCE = "company"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, for its fixtures; and all that use one trained company."""
    for item in items:
        shared = TRAINED_ONCE in getattr(item, "fixturenames", ())
        together = TRAINED_ONCE if shared else str(item.path.relative_to(Path(__file__).parents[1]))
        item.add_marker(pytest.mark.xdist_group(together))
