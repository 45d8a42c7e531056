"""How the scorer is built, and why this rung of the ladder."""

from __future__ import annotations

from features.domain import Text
from features.domain.say import given, listed, number, sentence, whole
from models.calibration import CalibrationKind
from models.trees import TreeMember
from training.pages.content import Section, Table
from training.recipe.ladder import SAME_LOSS
from training.report.material import Material

_CALIBRATIONS = {
    CalibrationKind.NONE: Text(
        "The score is not calibrated further: there are too few customers to do so.",
        "Der Score wird nicht weiter kalibriert: Dafür gibt es zu wenige Kunden.",
    ),
    CalibrationKind.PLATT: Text(
        "A straight line in log-odds (Platt) turns the score into a probability.",
        "Eine Gerade in Log-Odds (Platt) macht aus dem Score eine Wahrscheinlichkeit.",
    ),
    CalibrationKind.BETA: Text(
        "A beta calibration, with three parameters, turns the score into a probability.",
        "Eine Beta-Kalibrierung mit drei Parametern macht aus dem Score eine Wahrscheinlichkeit.",
    ),
}

_ENTRIES = {
    "seed": Text("seed of every random choice", "Startwert aller Zufallswahlen"),
    "moments_days": Text(
        "days after creation at which a lead is looked at", "Tage nach Eingang, an denen ein Lead betrachtet wird"
    ),
    "holdout_share": Text("share of leads held out", "Anteil zurückgehaltener Leads"),
    "young_rows": Text(
        "what becomes of rows whose horizon had not ended", "Umgang mit Zeilen, deren Horizont noch lief"
    ),
    "validation_share": Text(
        "share of learning rows on which settings are chosen",
        "Anteil der Lernzeilen, auf denen Einstellungen gewählt werden",
    ),
    "min_outcomes": Text(
        "leads of each kind below which nothing is learned", "Leads je Art, unter denen nicht gelernt wird"
    ),
    "trees_min_positives": Text("customers from which trees are tried", "Kunden, ab denen Bäume versucht werden"),
    "gate_min_positives": Text(
        "customers from which the gate decides", "Kunden, ab denen die Freigabeprüfung entscheidet"
    ),
    "gate_draws": Text("bootstrap draws of the gate", "Bootstrap-Ziehungen der Freigabeprüfung"),
    "gate_confidence": Text("confidence of the gate", "Sicherheit der Freigabeprüfung"),
    "gate_looks": Text(
        "trainings a year that share its chance of error",
        "Trainings im Jahr, die sich ihre Irrtumswahrscheinlichkeit teilen",
    ),
    "search_trials": Text(
        "shapes of trees tried where leads have no order in time",
        "versuchte Baumformen, wenn Leads keine zeitliche Reihenfolge haben",
    ),
    "search_seconds": Text("longest search in seconds", "längste Suche in Sekunden"),
    "search_rows": Text("rows at most that the search looks at", "Zeilen, die die Suche höchstens betrachtet"),
    "max_rows": Text("rows at most that are learned from", "Zeilen, an denen höchstens gelernt wird"),
    "max_trees": Text("trees of each shape at most", "Bäume je Form höchstens"),
    "learning_rate": Text("learning rate of the trees", "Lernrate der Bäume"),
    "crossfit_folds": Text("parts for the margins that are calibrated on", "Teile für die Kalibrierungswerte"),
    "drift_distance": Text(
        "distance from which a number has to prove its worth", "Abstand, ab dem eine Zahl sich bewähren muss"
    ),
    "threads": Text("threads of the fit", "Threads des Trainings"),
}

_WORDS = {
    "ipcw": Text("learned from with weights", "mit Gewichten gelernt"),
    "leave_out": Text("left out", "ausgelassen"),
}


def recipe(material: Material) -> Section:
    """Return the section on the scorer and the plan."""
    return Section(
        "recipe",
        Text("How it is built", "Wie es gebaut ist"),
        (_rung(material), _why(material), *_level(material), _CALIBRATIONS[material.fitted.calibration.kind]),
        tables=(
            Table(
                Text("Training plan", "Trainingsplan"),
                Text(
                    "Every choice of this run; “training:” in leadscore.yaml overrides them.",
                    "Alle Festlegungen dieses Laufs; „training:“ in leadscore.yaml ändert sie.",
                ),
                (Text("Choice", "Festlegung"), Text("Value", "Wert")),
                tuple(
                    (_ENTRIES.get(name, Text.same(name)), _value(value))
                    for name, value in material.plan.to_mapping().items()
                ),
            ),
        ),
        log=material.fitted.choices,
    )


def _rung(material: Material) -> Text:
    parts = []
    model = material.fitted.model
    total = sum(model.weights) or 1.0
    for member, weight in zip(model.members, (weight / total for weight in model.weights), strict=True):
        if isinstance(member, TreeMember):
            parts.append(
                sentence(
                    "{n} small decision trees ({weight})", "{n} kleinen Entscheidungsbäumen ({weight})",
                    n=whole(member.tree_count), weight=given(weight),
                )
            )  # fmt: skip
        else:
            parts.append(
                sentence(
                    "a scorecard, in which every value has its own points ({weight})",
                    "einer Punktekarte, in der jeder Wert eigene Punkte hat ({weight})", weight=given(weight),
                )
            )  # fmt: skip
    return sentence("The score is made of {parts}.", "Der Score entsteht aus {parts}.", parts=listed(parts))


def _why(material: Material) -> Text:
    fitted, plan = material.fitted, material.plan
    if fitted.rung == "scorecard" and not fitted.trees_tried:
        return sentence(
            "Trees were not tried: they need at least {n} customers to learn from.",
            "Bäume wurden nicht versucht: Dafür braucht es mindestens {n} Kunden zum Lernen.",
            n=whole(plan.trees_min_positives),
        )  # fmt: skip
    if fitted.rung == "scorecard":
        return sentence(
            "Trees were tried, and nothing with them was noticeably better (by more than {loss} in log-loss): the "
            "simpler scorer is taken.",
            "Bäume wurden versucht, aber nichts mit ihnen war spürbar besser (um mehr als {loss} im Log-Loss): "
            "Genommen wird das einfachere Verfahren.",
            loss=number(SAME_LOSS, 4),
        )  # fmt: skip
    if material.split.order is None:
        return Text(
            "The shares are those with the lowest log-loss on leads of the learning side that were not seen, pulled "
            "towards equal ones.",
            "Die Anteile haben den niedrigsten Log-Loss auf Leads der Lernseite, die nicht gesehen wurden; im Zweifel "
            "sind sie gleich.",
        )
    return Text(
        "The shares are those with the lowest log-loss on windows that follow each other in time, each judged by what "
        "is older, and are pulled towards equal ones.",
        "Die Anteile haben den niedrigsten Log-Loss auf aufeinanderfolgenden Zeitfenstern, jedes von Älterem "
        "beurteilt; im Zweifel sind sie gleich.",
    )


def _level(material: Material) -> tuple[Text, ...]:
    level = material.fitted.level
    if level is None:
        return ()
    if level.stood_still:
        return (
            Text(
                "The rate of conversion stood still through the history, so that all of it sets the level.",
                "Die Abschlussquote blieb über die Zeit gleich; ihr Niveau kommt deshalb aus der ganzen Historie.",
            ),
        )
    return (
        sentence(
            "The rate of conversion moves over time. Probabilities follow it to where it stands now: the odds are "
            "{ratio} times those of the whole history’s mean.",
            "Die Abschlussquote ändert sich mit der Zeit. Die Wahrscheinlichkeiten folgen ihr bis heute: Die Chancen "
            "sind das {ratio}-Fache des Durchschnitts der ganzen Historie.",
            ratio=number(level.odds_ratio, 2),
        ),
    )


def _value(value: object) -> Text:
    if isinstance(value, bool | str):
        return _WORDS.get(str(value), Text.same(str(value)))
    if isinstance(value, list | tuple):
        return Text("; ".join(_value(one).en for one in value), "; ".join(_value(one).de for one in value))
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        return whole(value) if value == round(value) else number(value, len(f"{value:g}".partition(".")[2]))
    return Text.same(str(value))
