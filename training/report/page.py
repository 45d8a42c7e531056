"""The whole report of a finished run, in reading order."""

from __future__ import annotations

from features.domain.say import day, sentence
from training.judgement import MODEL
from training.pages.content import Page
from training.report.calibration import calibration
from training.report.certificate import certificate
from training.report.comparison import comparison
from training.report.learned import learned_from
from training.report.material import Material
from training.report.model_card import limits, where_next
from training.report.omitted import omitted
from training.report.ranking import ranking
from training.report.reasons import reasons
from training.report.recipe import recipe
from training.report.stability import stability
from training.report.summary import in_short
from training.report.what_if import cutoffs_section
from training.report.words import words


def report_page(material: Material) -> Page:
    """Return the page: what a manager needs first, what a statistician asks for after."""
    card, judgement = material.card, material.judgement
    side, said = material.side, judgement.probabilities
    return Page(
        sentence("Training report: {name}", "Trainingsbericht: {name}", name=card.name),
        sentence(
            "Version {version}, trained on {day}. Predicts “{target}”.",
            "Version {version}, trainiert am {day}. Sagt „{target}“ vorher.",
            version=material.version or "–", day=day(card.trained_at), target=material.target,
        ),
        (
            in_short(material), learned_from(material), cutoffs_section(material), certificate(material),
            ranking(side, said), calibration(judgement.reliability, side, said[MODEL]), stability(material),
            comparison(material), reasons(material), omitted(material), recipe(material), limits(material),
            where_next(material), words(),
        ),
    )  # fmt: skip
