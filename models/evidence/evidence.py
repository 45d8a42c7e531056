"""All that was measured of a model, as one file of its bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.domain import BundleError
from models.evidence.at_cutoff import AtCutoff
from models.evidence.calibration import CalibrationEvidence
from models.evidence.comparison import MODEL, Gain, ScorerFigures
from models.evidence.held_out import HeldOutLeads
from models.evidence.interval import number
from models.evidence.ranking import Ranking
from models.evidence.reasons import OverallReason
from models.evidence.stability import Period

FORMAT = 1


@dataclass(frozen=True)
class ModelEvidence:
    """What was measured of a model on leads that it never learned from.

    Parameters
    ----------
    leads, base_rate : float
        Leads held out, and the share that reached the target within the horizon, over all their moments.
    scorers : tuple of ScorerFigures
        The model first.
    gains : tuple of Gain
        Over each rival of the gate; empty where too little was held out to compare.
    rankings : tuple of Ranking
        The model's first; those that order nothing are left out.
    calibration : CalibrationEvidence
        Of the model.
    periods : tuple of Period
        The oldest first; empty where nothing orders the leads.
    reasons : tuple of OverallReason
        The largest first.
    cutoffs : tuple of AtCutoff
        What cutoffs from the lowest to the highest do, on all leads held out.
    held_out : HeldOutLeads
        The leads themselves, without ids, for what cutoffs would do.
    """

    leads: float
    base_rate: float
    scorers: tuple[ScorerFigures, ...]
    gains: tuple[Gain, ...]
    rankings: tuple[Ranking, ...]
    calibration: CalibrationEvidence
    periods: tuple[Period, ...]
    reasons: tuple[OverallReason, ...]
    cutoffs: tuple[AtCutoff, ...]
    held_out: HeldOutLeads

    @property
    def model(self) -> ScorerFigures:
        """The model's own figures."""
        return self.scorers[0]

    def ranking_of(self, scorer: str = MODEL) -> Ranking:
        """Return a scorer's ranking.

        Raises
        ------
        StopIteration
            If it has none.
        """
        return next(one for one in self.rankings if one.scorer == scorer)

    def to_text(self) -> str:
        """Return the file: JSON, the same text for the same evidence."""
        content: dict[str, Any] = {
            "format": FORMAT, "leads": self.leads, "base_rate": self.base_rate,
            "calibration": self.calibration.to_mapping(), "held_out": self.held_out.to_mapping(),
        }  # fmt: skip
        content["cutoffs"] = [one.to_list() for one in self.cutoffs]
        for name in ("scorers", "gains", "rankings", "periods", "reasons"):
            content[name] = [one.to_mapping() for one in getattr(self, name)]
        return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ModelEvidence:
        """Return the evidence read from a file of :meth:`to_text`.

        Raises
        ------
        BundleError
            If a part is of another form.
        """
        try:
            if mapping["format"] != FORMAT:
                raise ValueError(f"format {mapping['format']!r}")
            told = cls(
                leads=number(mapping["leads"]),
                base_rate=number(mapping["base_rate"]),
                scorers=tuple(ScorerFigures.from_mapping(one) for one in mapping["scorers"]),
                gains=tuple(Gain.from_mapping(one) for one in mapping["gains"]),
                rankings=tuple(Ranking.from_mapping(one) for one in mapping["rankings"]),
                calibration=CalibrationEvidence.from_mapping(mapping["calibration"]),
                periods=tuple(Period.from_mapping(one) for one in mapping["periods"]),
                reasons=tuple(OverallReason.from_mapping(one) for one in mapping["reasons"]),
                cutoffs=tuple(AtCutoff.from_list(one) for one in mapping["cutoffs"]),
                held_out=HeldOutLeads.from_mapping(mapping["held_out"]),
            )
            if (told.scorers[0].scorer, told.rankings[0].scorer) != (MODEL, MODEL):
                raise ValueError("figures of another scorer first")
            return told
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            raise BundleError(
                f"Stored evidence with {error}.",
                f"format {FORMAT} with figures, curves, reasons and the leads held out.",
                "Fetch the bundle again or promote another version.",
            ) from None
