"""Reading a bundle's evidence alone: one file, checked against the manifest, without what scoring needs."""

from __future__ import annotations

from pathlib import Path

from models.bundle.contents import EVIDENCE, MANIFEST, Manifest, damaged, parse_json, sha256
from models.evidence import ModelEvidence


def read_evidence(folder: Path) -> ModelEvidence | None:
    """Return what was measured of a bundle's model; None in a bundle of before this was kept.

    Parameters
    ----------
    folder : Path
        The bundle.

    Raises
    ------
    BundleError
        If the file is missing, is not the one that the manifest lists, or is of another form.
    """
    try:
        listed = Manifest.from_text((folder / MANIFEST).read_text(encoding="utf-8")).files
        if EVIDENCE not in listed:
            return None
        data = (folder / EVIDENCE).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(f"{folder.name} cannot be read: {error}.", "a bundle's folder.") from None
    if (sha256(data), len(data)) != listed[EVIDENCE]:
        raise damaged(f"{EVIDENCE} is not the file that was written.", "the size and SHA-256 of the manifest.")
    stored = parse_json({EVIDENCE: data.decode("utf-8", "replace")}, EVIDENCE)
    if not isinstance(stored, dict):
        raise damaged(f"{EVIDENCE} holds {type(stored).__name__}.", "a mapping.")
    return ModelEvidence.from_mapping(stored)
