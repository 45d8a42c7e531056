"""A figure for shap to draw on: its plots need pyplot, numpy's global generator and English labels.

Everything of these that is global is borrowed and given back: pyplot's figures, backend and mode, numpy's random state.
shap is imported here and nowhere else, and only when something is drawn: it takes seconds and half the numerical stack.
"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from types import ModuleType

import matplotlib
import numpy as np
from matplotlib.figure import Figure

SALT = "leadscore"
"""Of the ids in an SVG, which are drawn at random without one."""

_DRAWING = threading.RLock()


@contextlib.contextmanager
def shap_figure(width: float, height: float, *, left: float) -> Iterator[tuple[ModuleType, Figure]]:
    """Lend shap a figure as pyplot's current one; afterwards it is the caller's alone.

    Parameters
    ----------
    width, height : float
        In inches.
    left : float
        Share of the width that is kept for labels.

    Yields
    ------
    tuple of (module, Figure)
        ``shap`` and the empty figure.
    """
    with _DRAWING, warnings.catch_warnings():
        # shap and matplotlib deprecate things among themselves; the reader of a training run cannot mend it.
        warnings.simplefilter("ignore")
        import matplotlib.pyplot as pyplot
        import shap

        backend, interactive = matplotlib.get_backend(auto_select=False), matplotlib.is_interactive()
        random = np.random.get_state()  # noqa: NPY002 - shap jitters with the global generator
        pyplot.switch_backend("agg")
        figure = pyplot.figure(figsize=(width, height))
        try:
            np.random.seed(0)  # noqa: NPY002
            figure.subplots_adjust(left=left, right=0.97)
            # A dollar in a name is a dollar, no formula.
            with matplotlib.rc_context({"text.parse_math": False}):
                yield shap, figure
        finally:
            pyplot.close(figure)
            np.random.set_state(random)  # noqa: NPY002
            if backend is not None:
                pyplot.switch_backend(backend)
            matplotlib.interactive(interactive)


def svg(figure: Figure) -> str:
    """Return a figure as the text of an SVG element to embed: the same figure always gives the same text.

    Names stay text, so that they can be searched and read aloud.
    """
    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    text = file.getvalue()
    return text[text.index("<svg") :]
