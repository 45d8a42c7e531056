"""What a bundle holds: the names and sizes that are allowed, and the manifest that lists them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.domain import BundleError
from models.additive import json_text

MANIFEST = "MANIFEST.json"
FORMAT = 1
CATALOG, ENCODER, CALIBRATION = "catalog.json", "encoder.json", "calibration.json"
CUTOFFS, GRADES, CARD, GOLDEN = "cutoffs.json", "grades.json", "card.json", "golden.jsonl"
BACKGROUND, REFERENCE, EVIDENCE = "background.json", "reference.json", "evidence.json"
"""Absent in bundles of before there were such."""

REQUIRED = ("additive.json", CATALOG, ENCODER, CALIBRATION, CUTOFFS, GRADES, CARD, GOLDEN)

_ALLOWED = re.compile(
    r"trees-\d{1,2}\.txt|golden\.jsonl|"
    r"(scorecard|additive|background|reference|evidence|catalog|encoder|calibration|cutoffs|grades|card)\.json"
)
_LARGEST_TREES = 256 * 2**20
_LARGEST_OTHER = 32 * 2**20
_REMEDY = "Fetch the bundle again from where it came, or promote another version; nothing of it was used."


def damaged(given: str, expected: str) -> BundleError:
    """Return the error for a bundle that must not be used."""
    return BundleError(given, expected, _REMEDY)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list of a bundle's files.

    Parameters
    ----------
    leadscore : str
        Version that wrote it.
    files : Mapping[str, tuple of (str, int)]
        SHA-256 and size in bytes by name.
    """

    leadscore: str
    files: Mapping[str, tuple[str, int]]

    @classmethod
    def of(cls, contents: Mapping[str, bytes], leadscore: str) -> Manifest:
        """Return the manifest of these files."""
        return cls(leadscore, {name: (sha256(data), len(data)) for name, data in contents.items()})

    def to_text(self) -> str:
        """Return MANIFEST.json."""
        files = {name: {"sha256": digest, "size": size} for name, (digest, size) in self.files.items()}
        return json_text({"format": FORMAT, "leadscore": self.leadscore, "files": files})

    @classmethod
    def from_text(cls, text: str) -> Manifest:
        """Return the manifest written by :meth:`to_text`.

        Raises
        ------
        BundleError
            If it is of another form.
        """
        try:
            stored = json.loads(text)
            if stored["format"] != FORMAT:
                raise ValueError(f"format {stored['format']!r}")
            files = {str(name): (str(entry["sha256"]), int(entry["size"])) for name, entry in stored["files"].items()}
            return cls(str(stored["leadscore"]), files)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            raise damaged(f"A manifest with {error}.", f"format {FORMAT} with a SHA-256 and size per file.") from None


def sha256(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_listed(folder: Path) -> dict[str, str]:
    """Return the texts of a bundle whose names, sizes and hashes are as its manifest says.

    Names are judged before anything is read, so that a file of a forbidden format is never opened.

    Raises
    ------
    BundleError
        If a name is not allowed (``format forbidden``), a file is missing or unlisted, or its size or hash differs.
    """
    present = _names(folder)
    if MANIFEST not in present:
        raise damaged(f"No {MANIFEST} in {folder}.", "a bundle.")
    manifest = Manifest.from_text(_text(MANIFEST, _read(folder / MANIFEST, _LARGEST_OTHER)))
    listed = set(manifest.files)
    forbid(listed)
    if listed != present - {MANIFEST}:
        odd = ", ".join(sorted(listed ^ (present - {MANIFEST})))
        raise damaged(f"The manifest and the folder differ in {odd}.", "every listed file and no other.")
    lacking = [name for name in REQUIRED if name not in listed]
    if lacking:
        raise damaged(f"A bundle without {', '.join(lacking)}.", f"all of {', '.join(REQUIRED)}.")
    texts = {}
    for name, (digest, size) in sorted(manifest.files.items()):
        largest = _LARGEST_TREES if name.startswith("trees-") else _LARGEST_OTHER
        if size > largest:
            raise damaged(f"{name} is listed with {size} bytes.", f"at most {largest}.")
        data = _read(folder / name, size)
        if len(data) != size or sha256(data) != digest:
            raise damaged(f"{name} is not the file that was written.", "the size and SHA-256 of the manifest.")
        texts[name] = _text(name, data)
    return texts


def forbid(names: set[str]) -> None:
    """Refuse names outside the few plain formats of a bundle.

    Raises
    ------
    BundleError
        With ``format forbidden``, e.g. for pickle, skops and joblib files.
    """
    strange = sorted(name for name in names if not _ALLOWED.fullmatch(name))
    if strange:
        raise damaged(
            f"format forbidden: {', '.join(repr(name) for name in strange[:5])} in a bundle.",
            "LightGBM text and JSON under the names of docs/bundle.md; never pickle, skops or joblib.",
        )


def _names(folder: Path) -> set[str]:
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise damaged(f"The folder {folder} cannot be read: {error.strerror}.", "a bundle's folder.") from None
    forbid({entry.name for entry in entries} - {MANIFEST})
    odd = [entry.name for entry in entries if entry.is_symlink() or not entry.is_file()]
    if odd:
        raise damaged(f"{', '.join(sorted(odd))} in a bundle is no plain file.", "plain files only.")
    return {entry.name for entry in entries}


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise damaged(f"{path.name} cannot be read: {error.strerror}.", "a readable file.") from None
    if len(data) > most:
        raise damaged(f"{path.name} has more than {most} bytes.", "the size that the manifest says.")
    return data


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise damaged(f"{name} is not UTF-8.", "text.") from None


def parse_json(texts: Mapping[str, str], name: str) -> Any:
    """Return a file's JSON.

    Raises
    ------
    BundleError
        If it is not JSON, or holds NaN or infinity.
    """

    def refuse(constant: str) -> float:
        raise ValueError(f"the number {constant}")

    try:
        return json.loads(texts[name], parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise damaged(f"{name} is not readable: {error}.", "JSON with finite numbers.") from None
