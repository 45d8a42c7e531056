"""Loading a bundle: every guard in turn, the cheap ones first, and only then its use."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from models.agreement import Agreement
from models.bundle.assemble import Bundle, assemble, check_structure
from models.bundle.contents import MANIFEST, damaged, read_listed, sha256
from models.bundle.golden import check_golden
from models.scorer import ModelScorer

TRIAL_SECONDS = 60.0
"""Far more than a trial takes (1 to 2 s; 5 where nothing compiled may be kept), because the machine may be busy."""

_PACKAGES = Path(__file__).resolve().parents[2]


def verify(folder: Path, *, trial_seconds: float = TRIAL_SECONDS) -> None:
    """Check a bundle without letting anything in it endanger this process.

    Names and formats, sizes, SHA-256, structure, then golden rows in a child process.

    Parameters
    ----------
    folder : Path
        The bundle.
    trial_seconds : float
        Time limit of the child process.

    Raises
    ------
    BundleError
        If any guard refuses it.
    """
    _verified_texts(folder, trial_seconds)


def load_bundle(folder: Path, *, trial_seconds: float = TRIAL_SECONDS) -> Bundle:
    """Return the parts of a bundle that passed :func:`verify`.

    Raises
    ------
    BundleError
        As :func:`verify`.
    """
    place = folder.resolve()
    texts = _verified_texts(place, trial_seconds)
    bundle = replace(assemble(texts), manifest_sha256=sha256((place / MANIFEST).read_bytes()))
    # Once more where it will serve: its machine code may come from another place than the child's.
    check_golden(texts, bundle)
    return bundle


def load_scorer(folder: Path, agreement: Agreement, *, version: str | None = None) -> ModelScorer:
    """Return the scorer of a bundle that passed :func:`verify`.

    Parameters
    ----------
    folder : Path
        The bundle.
    agreement : Agreement
        In force; without cutoffs, those that the bundle proposes are taken.
    version : str, optional
        The model's version; by default the name of the folder, links followed (``var/bundles/7`` is version 7).

    Raises
    ------
    BundleError
        As :func:`verify`.
    """
    # Resolved once: the champion's link may move to another bundle while this one is read.
    place = folder.resolve()
    return load_bundle(place).scorer(agreement, place.name if version is None else version)


def _verified_texts(folder: Path, trial_seconds: float) -> dict[str, str]:
    place = folder.resolve()
    texts = read_listed(place)
    check_structure(texts)
    _try(place, trial_seconds)
    return texts


def _try(folder: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "models.bundle.trial", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, the folder as one argument, no shell
            command, cwd=_PACKAGES, capture_output=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise damaged(f"The trial of {folder.name} took over {seconds:g} s.", "golden rows in time.") from None
    if done.returncode == 0:
        return
    said = done.stdout.decode("utf-8", "replace").strip()[-300:]
    how = f"was ended by signal {-done.returncode}" if done.returncode < 0 else "failed"
    raise damaged(f"The trial of {folder.name} {how}. {said}".strip(), "golden rows from a child process.")
