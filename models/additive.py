"""The model: a weighted sum of members in log-odds, so that its contributions stay exact."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from features.domain import BundleError
from models.level_rates import LevelRates
from models.members import Member
from models.scorecard import ScorecardMember
from models.trees import TreeMember

MEMBERS_FILE = "additive.json"
SCORECARD_FILE = "scorecard.json"


class AdditiveModel:
    """A weighted sum of members in log-odds.

    Parameters
    ----------
    members : sequence of Member
        At least one; all read the same encoder columns.
    weights : sequence of float
        One finite weight per member.
    """

    def __init__(self, members: Sequence[Member], weights: Sequence[float]) -> None:
        if not members or len(members) != len(weights):
            raise ValueError(f"{len(members)} members with {len(weights)} weights")
        if len({member.column_count for member in members}) != 1:
            raise ValueError("members read different numbers of columns")
        self.members = tuple(members)
        self.weights = tuple(float(weight) for weight in weights)

    @property
    def column_count(self) -> int:
        """Number of encoder columns that the model reads."""
        return self.members[0].column_count

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Return the log-odds of each row before calibration.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.

        Returns
        -------
        numpy.ndarray, shape (n,)
            Weighted sum of the members' margins.
        """
        total = np.zeros(len(matrix))
        for member, weight in zip(self.members, self.weights, strict=True):
            total += weight * member.margin(matrix)
        return total

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return what each column adds to the log-odds.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.

        Returns
        -------
        numpy.ndarray, shape (n, p + 1)
            Weighted sum of the members' contributions; the last column is the base, rows sum to the margin.
        """
        total = np.zeros((len(matrix), self.column_count + 1))
        for member, weight in zip(self.members, self.weights, strict=True):
            total += weight * member.contributions(matrix)
        return total

    def answer(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`margin` and :meth:`contributions`, bit by bit the same, with each member's work done once.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, p)
            Encoded features; NaN is missing.

        Returns
        -------
        tuple of numpy.ndarray, of shapes (n,) and (n, p + 1)
            Margin and contributions.
        """
        margin = np.zeros(len(matrix))
        contributions = np.zeros((len(matrix), self.column_count + 1))
        for member, weight in zip(self.members, self.weights, strict=True):
            own_margin, own = member.answer(matrix)
            margin += weight * own_margin
            contributions += weight * own
        return margin, contributions

    def to_files(self) -> dict[str, str]:
        """Return the model as texts by file name: LightGBM's own text per tree member, JSON for the rest."""
        files: dict[str, str] = {}
        entries = []
        for member, weight in zip(self.members, self.weights, strict=True):
            if isinstance(member, TreeMember):
                name = f"trees-{sum(file.startswith('trees-') for file in files)}.txt"
                files[name] = member.booster_text
                entry = {"kind": "trees", "file": name, "weight": weight, "trees": member.tree_count}
                if member.rates is not None:
                    entry["rates"] = member.rates.to_mapping()
                entries.append(entry)
            elif isinstance(member, ScorecardMember) and SCORECARD_FILE not in files:
                files[SCORECARD_FILE] = json_text(member.to_mapping())
                entries.append({"kind": "scorecard", "file": SCORECARD_FILE, "weight": weight})
            else:
                raise ValueError(f"a second scorecard or an unknown member {type(member).__name__}")
        files[MEMBERS_FILE] = json_text({"columns": self.column_count, "members": entries})
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, str]) -> AdditiveModel:
        """Return the model stored by :meth:`to_files`.

        Parameters
        ----------
        files : Mapping[str, str]
            Texts by file name.

        Raises
        ------
        BundleError
            If a file is missing or an entry is of another form.
        """
        entries = member_entries(files)
        members: list[Member] = []
        for entry in entries:
            text = files[entry["file"]]
            if entry["kind"] == "trees":
                members.append(TreeMember(text, entry["rates"]))
            else:
                members.append(ScorecardMember.from_mapping(json.loads(text)))
        try:
            return cls(members, [entry["weight"] for entry in entries])
        except ValueError as error:
            raise _damaged(str(error)) from None


def member_entries(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the checked entries of additive.json: kind, file, weight, for trees their number, and rates or None.

    Raises
    ------
    BundleError
        If an entry is of another form or names a file that is not there.
    """
    try:
        entries = [dict(entry) for entry in json.loads(files[MEMBERS_FILE])["members"]]
        for entry in entries:
            if entry["kind"] not in {"trees", "scorecard"} or entry["file"] not in files:
                raise ValueError(f"member {entry['kind']!r} in {entry['file']!r}")
            entry["weight"] = float(entry["weight"])
            if not math.isfinite(entry["weight"]):
                raise ValueError("a weight that is not finite")
            entry["rates"] = LevelRates.from_mapping(entry["rates"]) if "rates" in entry else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(str(error)) from None
    if not entries:
        raise _damaged("no member")
    return entries


def json_text(content: object) -> str:
    """Return JSON that is the same text for the same content."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _damaged(what: str) -> BundleError:
    return BundleError(
        f"A stored model with {what}.",
        "a list of members with finite weights and their files.",
        "Fetch the bundle again or promote another version.",
    )
