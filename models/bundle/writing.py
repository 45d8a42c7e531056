"""Writing a bundle: whole or not at all, and the same bytes for the same model."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from features.catalog import Catalog
from features.domain import WorkspaceError
from features.encoding import Encoder
from models.additive import AdditiveModel, json_text
from models.background import Background
from models.bundle.assemble import check_structure
from models.bundle.contents import (
    BACKGROUND,
    CALIBRATION,
    CARD,
    CATALOG,
    CUTOFFS,
    ENCODER,
    EVIDENCE,
    GOLDEN,
    GRADES,
    MANIFEST,
    REFERENCE,
    Manifest,
    forbid,
)
from models.bundle.golden import golden_rows
from models.calibration import Calibration
from models.card import ModelCard
from models.cutoffs import Cutoffs
from models.drift.reference import Reference
from models.evidence import ModelEvidence
from models.grades import Grades


def write_bundle(
    folder: Path,
    *,
    catalog: Catalog,
    encoder: Encoder,
    model: AdditiveModel,
    calibration: Calibration,
    cutoffs: Cutoffs,
    grades: Grades,
    card: ModelCard,
    golden: pl.DataFrame,
    background: Background | None = None,
    reference: Reference | None = None,
    evidence: ModelEvidence | None = None,
) -> Path:
    """Write a trained scorer as a folder of plain files.

    Parameters
    ----------
    folder : Path
        Where to; it must not exist yet.
    catalog, encoder, model, calibration, cutoffs, grades, card
        The scorer's parts.
    golden : DataFrame
        A features frame (``FeatureBuilder.frame``), of which up to 20 rows are kept with the answers they must give.
    background : Background, optional
        What the training rows were like; a bundle made from another one passes that one's on.
    reference : Reference, optional
        What the leads were like that it was judged on, to measure drift from.
    evidence : ModelEvidence, optional
        What was measured of it there, for the console.

    Returns
    -------
    Path
        ``folder``.

    Raises
    ------
    WorkspaceError
        If the folder exists or cannot be written.
    """
    texts = model.to_files() | {
        CATALOG: json_text(catalog.to_mapping()),
        ENCODER: json_text(encoder.to_mapping()),
        CALIBRATION: json_text(calibration.to_mapping()),
        CUTOFFS: json_text(cutoffs.to_mapping()),
        GRADES: json_text(grades.to_mapping()),
        CARD: json_text(card.to_mapping()),
        GOLDEN: golden_rows(golden, encoder, model, calibration),
    }
    if background is not None:
        texts[BACKGROUND] = json_text(background.to_mapping())
    if reference is not None:
        texts[REFERENCE] = json_text(reference.to_mapping())
    if evidence is not None:
        texts[EVIDENCE] = evidence.to_text()
    return write_texts(folder, texts)


def write_texts(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write a bundle's files with their manifest, after checking that they could be loaded again.

    Raises
    ------
    BundleError
        If a name is not allowed or the files do not fit each other.
    WorkspaceError
        If the folder exists or cannot be written.
    """
    forbid(set(texts))
    # What could not be loaded again must not be written.
    check_structure(texts)
    contents = {name: text.encode("utf-8") for name, text in texts.items()}
    contents[MANIFEST] = Manifest.of(contents, _leadscore_version()).to_text().encode("utf-8")
    if folder.exists():
        raise WorkspaceError(f"{folder} exists already.", "a new folder.", "Name another one or remove it.")
    try:
        _write_whole(folder, contents)
    except OSError as error:
        raise WorkspaceError(
            f"{folder} cannot be written: {error.strerror}.", "a writable place.", "Make room, or name another."
        ) from None
    return folder


def _write_whole(folder: Path, contents: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, data in contents.items():
            (draft / name).write_bytes(data)
        # A temporary folder is its owner's alone; a bundle may be served by another user.
        draft.chmod(0o755)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _leadscore_version() -> str:
    try:
        return version("leadscore")
    except PackageNotFoundError:
        return "unknown"
