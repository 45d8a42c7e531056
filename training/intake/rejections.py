"""Which reasons sales has given for rejecting leads so far: the company's own list, where it has one."""

from __future__ import annotations

import polars as pl

from features.config import Acceptance
from features.domain import Text
from features.domain.rejections import RejectionReasons
from features.vocabulary.spelling import slug
from training.intake.findings import Findings

_MOST = 20
"""Different reasons beyond which they are free words rather than a list."""

_LEAST_SHARE = 0.8
"""Of the rejections with a reason that a list has to cover."""


def infer_reasons(outcomes: pl.DataFrame, findings: Findings) -> Acceptance:
    """Return how sales answers, with the reasons that the outcomes hold where the usual list does not know them.

    Parameters
    ----------
    outcomes : pl.DataFrame
        ``outcome`` and ``reason`` as the company wrote them.
    findings : Findings
        Where the conclusion is noted.
    """
    usual = Acceptance()
    given = outcomes.filter(pl.col("outcome") == usual.rejected)["reason"].str.strip_chars().drop_nulls()
    given = given.filter(given != "")
    counts = given.value_counts(sort=True, name="times").head(_MOST)
    known = [reason for reason in counts["reason"] if usual.reasons.find(reason) is not None]
    if counts.height == len(known) or counts["times"].sum() < _LEAST_SHARE * len(given):
        return usual
    labels: dict[str, Text] = {}
    for reason in counts["reason"]:
        name = usual.reasons.find(reason)
        if name is not None:
            labels[name] = usual.reasons.labels[name]
        else:
            labels[slug(reason) or reason] = Text.same(reason)
    share = counts["times"].sum() / len(given)
    findings.add(
        "acceptance.reasons", "these are the reasons for which sales rejects",
        f"{counts.height} cover {share:.0%} of the {len(given):,} rejections that give one",
    )  # fmt: skip
    return Acceptance(reasons=RejectionReasons(labels))
