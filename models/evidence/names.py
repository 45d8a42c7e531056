"""What people call the scorers that evidence compares."""

from __future__ import annotations

from features.domain import Text
from models.evidence.comparison import BASE_RATE, CHAMPION, MODEL, RULES, SCORECARD

_NAMES = {
    MODEL: Text("this model", "dieses Modell"),
    RULES: Text("company's rules", "die Regeln des Unternehmens"),
    BASE_RATE: Text("base rate", "die Grundrate"),
    CHAMPION: Text("model that served before", "das bisherige Modell"),
    SCORECARD: Text("scorecard alone", "die Punktekarte allein"),
}

_LABELS = {
    MODEL: Text("This model", "Dieses Modell"),
    RULES: Text("Rules (calibrated)", "Regeln (kalibriert)"),
    BASE_RATE: Text("Base rate for everyone", "Grundrate für alle"),
    CHAMPION: Text("Model before (champion)", "Bisheriges Modell (Champion)"),
    SCORECARD: Text("Scorecard alone", "Punktekarte allein"),
}


def name_of(key: str) -> Text:
    """Return what people call a scorer within a sentence; English lacks the article, which German needs."""
    return _NAMES.get(key, Text.same(key))


def label_of(key: str) -> Text:
    """Return what people call a scorer in a table or a picture."""
    return _LABELS.get(key, Text.same(key))
