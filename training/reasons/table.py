"""The hold-out's reasons as one table: every lead's points by reason, with the value that each reason mostly reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalog import Catalog, Feature
from features.catalog.attribute_wording import CategoryInWords
from features.domain import Text
from features.encoding import EncodedColumn, Encoder
from models.calibration import Calibration
from models.reason_groups import ReasonGroups
from models.reasons import Explainer, Explanation, Shares
from models.scale import MQL_POINTS, Scale
from models.scorer import ModelScorer
from training.dataset import Side
from training.fit import FittedScorer
from training.judgement import Judgement

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReasonTable:
    """What each reason adds to each lead's points; ``base_points + points.sum(axis=1) == total`` to 1e-6.

    Parameters
    ----------
    reasons : tuple of str
        Their keys, the largest mean size of points first.
    labels : tuple of Text
        What people call them.
    base_points, total : array of shape (n,)
        Where a lead begins, and its points.
    points : array of shape (n, reasons)
        Added or taken.
    columns : tuple of EncodedColumn
        Each reason's column with the largest contributions: it gives the colours of a beeswarm, and the axis along
        which a dependence is drawn.
    column_labels : tuple of Text
        What people call these columns.
    values : array of shape (n, reasons)
        Of these columns, encoded: NaN is missing, codes in a category.
    level_names : tuple of mapping of str to Text
        What the levels of these columns are called, where they are leadscore's own words; empty for a company's own.
    """

    reasons: tuple[str, ...]
    labels: tuple[Text, ...]
    base_points: Floats
    total: Floats
    points: Floats
    columns: tuple[EncodedColumn, ...]
    column_labels: tuple[Text, ...]
    values: Floats
    level_names: tuple[Mapping[str, Text], ...] = ()

    def level_name(self, place: int, level: str) -> Text:
        """Return what a level of a reason's column is called."""
        return self.level_names[place].get(level, Text.same(level)) if self.level_names else Text.same(level)

    @classmethod
    def of(
        cls, catalog: Catalog, fitted: FittedScorer, judgement: Judgement, side: Side, groups: ReasonGroups
    ) -> ReasonTable:
        """Return the reasons of each held-out lead at its best moment, on the scale of the cutoffs proposed.

        Parameters
        ----------
        catalog : Catalog
            How features and concepts are called.
        fitted : FittedScorer
            The scorer.
        judgement : Judgement
            With the shares of the held-out leads.
        side : Side
            The held-out rows.
        groups : ReasonGroups
            Which concepts are one reason.
        """
        matrix = fitted.encoder.matrix(side.features[judgement.best])
        return cls.of_shares(
            catalog, fitted.encoder, fitted.calibration, _scale(judgement), groups, judgement.shares, matrix
        )

    @classmethod
    def of_scorer(cls, scorer: ModelScorer, features: pl.DataFrame) -> ReasonTable:
        """Return the reasons that a scorer gives, on the scale of its cutoffs.

        Parameters
        ----------
        scorer : ModelScorer
            The scorer.
        features : DataFrame
            One row per lead, from ``FeatureBuilder.frame``.
        """
        matrix, groups = scorer.encoder.matrix(features), scorer.background.groups
        shares = _explainer(scorer.catalog, scorer.encoder, groups).take_apart(*scorer.model.answer(matrix))
        return cls.of_shares(scorer.catalog, scorer.encoder, scorer.calibration, scorer.scale, groups, shares, matrix)

    @classmethod
    def of_shares(
        cls,
        catalog: Catalog,
        encoder: Encoder,
        calibration: Calibration,
        scale: Scale,
        groups: ReasonGroups,
        shares: Shares,
        matrix: Floats,
    ) -> ReasonTable:
        """Return the reasons of margins that were taken apart already.

        Parameters
        ----------
        catalog, encoder, calibration, scale, groups
            The scorer's.
        shares : Shares
            Of n leads.
        matrix : array of shape (n, columns)
            Their encoded features.
        """
        explainer = _explainer(catalog, encoder, groups)
        points = explainer.points(shares, calibration, scale)
        size = np.abs(shares.columns).mean(axis=0)
        order = np.argsort(-np.abs(points).mean(axis=0), kind="stable")
        reasons = tuple(explainer.concepts[place] for place in order)
        leading = [max(explainer.columns_of(reason), key=lambda place: float(size[place])) for reason in reasons]
        columns = tuple(encoder.columns[place] for place in leading)
        return cls(
            reasons=reasons,
            labels=tuple(explainer.labels[reason] for reason in reasons),
            base_points=scale.line(calibration.logit(shares.base)),
            total=scale.points(calibration.logit(shares.margin)),
            points=points[:, order],
            columns=columns,
            column_labels=tuple(catalog.feature(column.name).label for column in columns),
            values=matrix[:, leading],
            level_names=tuple(_level_names(catalog.feature(column.name)) for column in columns),
        )


def _level_names(feature: Feature) -> Mapping[str, Text]:
    wording = feature.wording
    return (wording.names or {}) if isinstance(wording, CategoryInWords) else {}


def just_qualified(
    catalog: Catalog, fitted: FittedScorer, judgement: Judgement, side: Side, groups: ReasonGroups
) -> Explanation:
    """Return the reasons of the held-out lead that only just reaches the MQL cutoff; where none does, of the highest.

    Parameters
    ----------
    catalog, fitted, judgement, side, groups
        As for :meth:`ReasonTable.of`.
    """
    scale = _scale(judgement)
    points = scale.points(fitted.calibration.logit(judgement.shares.margin))
    over = np.flatnonzero(points >= MQL_POINTS)
    place = int(over[np.argmin(points[over])]) if over.size else int(np.argmax(points))
    shares: Shares = judgement.shares.rows(np.array([place]))
    row = side.features.row(int(judgement.best[place]), named=True)
    used = {column.name: row[column.name] for column in fitted.encoder.columns}
    (explanation,) = _explainer(catalog, fitted.encoder, groups).explain(shares, fitted.calibration, scale, [used])
    return explanation


def _explainer(catalog: Catalog, encoder: Encoder, groups: ReasonGroups) -> Explainer:
    return Explainer(catalog, [column.name for column in encoder.columns], groups)


def _scale(judgement: Judgement) -> Scale:
    return Scale.from_cutoffs(judgement.cutoffs.mql.probability, judgement.cutoffs.sql.probability)
