"""What the gate asked, point by point: the figures that it decided on, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.domain import Text
from features.domain.say import between, given, number, sentence, signed, whole
from models.evidence.names import name_of
from training.gates import FEWEST_COMPANIES, MARGIN_OF_RATE, SLOPES, Comparison
from training.judgement import MODEL
from training.paired import Difference, Finding
from training.report.material import Material


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the gate asked.

    Parameters
    ----------
    asked, found : Text
        What it asked, and what it found.
    passed : bool or None
        None where it cannot be told yet.
    lacking : Text
        Half a sentence that says what is lacking where it did not pass.
    """

    asked: Text
    found: Text
    passed: bool | None
    lacking: Text


def checks_of(material: Material) -> tuple[Check, ...]:
    """Return the gate's questions with their answers; after too few outcomes it asks no more."""
    verdict, side = material.judgement.verdict, material.side
    positives = material.judgement.evaluations[MODEL].positive_leads
    least = material.plan.gate_min_positives
    enough = Check(
        sentence(
            "at least {n} customers among the leads held out",
            "mindestens {n} Kunden unter den Prüf-Leads",
            n=whole(least),
        ),
        whole(positives),
        True if positives >= least else None,
        sentence(
            "only {k} of the leads it was judged on became customers, and {n} are needed to tell a better model from "
            "chance",
            "nur {k} der Leads, an denen geprüft wurde, wurden Kunden; um ein besseres Modell vom Zufall zu "
            "unterscheiden, braucht es {n}",
            k=whole(positives),
            n=whole(least),
        ),
    )
    if not verdict.comparisons:
        companies = int(np.unique(side.company).size)
        independent = Check(
            sentence(
                "leads of at least {n} companies", "Leads aus mindestens {n} Unternehmen", n=whole(FEWEST_COMPANIES)
            ),
            whole(companies),
            True if companies >= FEWEST_COMPANIES else None,
            sentence(
                "its leads are of {k} companies only, and {n} are needed, because colleagues are no independent "
                "evidence",
                "die Leads stammen aus nur {k} Unternehmen; nötig sind {n}, denn Kollegen sind keine unabhängigen "
                "Belege",
                k=whole(companies),
                n=whole(FEWEST_COMPANIES),
            ),
        )
        return (enough, independent)
    checks = [enough, _apart(material)]
    for comparison in verdict.comparisons:
        checks += _against(comparison)
    if verdict.slope is not None:
        checks.append(_calibrated(*verdict.slope))
    return tuple(checks)


def _apart(material: Material) -> Check:
    low, high = material.auc.interval
    return Check(
        Text("tells leads apart beyond chance (ROC-AUC)", "unterscheidet Leads, nicht zufällig (ROC-AUC)"),
        sentence(
            "{value} ({interval}; 0.5 is tossing a coin)", "{value} ({interval}; 0,5 ist ein Münzwurf)",
            value=number(material.auc.value, 3), interval=between(max(low, 0.0), min(high, 1.0), 3),
        ),
        material.signal,
        Text("it tells leads apart no better than chance", "es unterscheidet Leads nicht besser als der Zufall"),
    )  # fmt: skip


def _against(comparison: Comparison) -> list[Check]:
    paired = comparison.paired
    name = name_of(paired.rival)
    checks = [
        Check(
            sentence(
                "better than the {name} beyond chance (log-loss)",
                "besser als {name}, nicht zufällig (Log-Loss)",
                name=name,
            ),
            _gained(paired.gain),
            {Finding.BETTER: True, Finding.UNDECIDED: None}.get(paired.gain.finding, False),
            _not_better(paired.gain, name),
        )
    ]
    if paired.halves and paired.gain.low > 0:
        older, newer = paired.halves
        checks.append(
            Check(
                sentence(
                    "better than the {name} in both halves of the time",
                    "besser als {name} in beiden Zeithälften",
                    name=name,
                ),
                sentence(
                    "older {older}, newer {newer}",
                    "ältere {older}, neuere {newer}",
                    older=signed(older, 4),
                    newer=signed(newer, 4),
                ),
                min(paired.halves) > 0,
                sentence(
                    "it beats the {name} in one half of the time only",
                    "das neue Modell schlägt {name} nur in einer Hälfte der Zeit",
                    name=name,
                ),
            )
        )
    told = [
        (paired.customers, paired.volumes[0], Text("customers among its MQLs", "Kunden unter den MQLs")),
        (
            paired.accepted,
            paired.volumes[1],
            Text("leads accepted by sales among its SQLs", "vom Vertrieb angenommene Leads unter den SQLs"),
        ),
    ]
    if paired.gain.finding not in (Finding.WORSE, Finding.SAME):
        checks += [_not_fewer(one, volume, what, name) for one, volume, what in told if one is not None]
    return checks


def _not_better(gain: Difference, name: Text) -> Text:
    if gain.finding is Finding.UNDECIDED:
        return sentence(
            "whether it is better than the {name} cannot be told from chance yet",
            "ob das neue Modell besser ist als {name}, lässt sich noch nicht sagen", name=name,
        )  # fmt: skip
    if gain.finding is Finding.SAME:
        return sentence(
            "its probabilities are those of the {name}",
            "die Wahrscheinlichkeiten sind dieselben (Vergleich: {name})",
            name=name,
        )
    return sentence("it is worse than the {name}", "das neue Modell ist schlechter als {name}", name=name)


def _gained(gain: Difference) -> Text:
    return sentence(
        "{value} ({low} to {high})", "{value} ({low} bis {high})",
        value=signed(gain.value, 4), low=signed(gain.low, 4), high=signed(gain.high, 4),
    )  # fmt: skip


def _not_fewer(difference: Difference, volume: float, what: Text, name: Text) -> Check:
    margin = -MARGIN_OF_RATE
    passed = True if difference.low >= margin else False if difference.high < margin else None
    return Check(
        sentence(
            "no fewer {what} than by the {name}, {share} of leads each (1 point is allowed)",
            "nicht weniger {what}, je {share} der Leads (Vergleich: {name}; 1 Punkt Abstand ist erlaubt)",
            what=what, name=name, share=given(round(volume, 3)),
        ),
        sentence(
            "{value} points ({low} to {high})", "{value} Punkte ({low} bis {high})",
            value=signed(100 * difference.value), low=signed(100 * difference.low), high=signed(100 * difference.high),
        ),
        passed,
        sentence(
            "at equal volume there may be fewer {what} than by the {name}",
            "bei gleicher Menge könnten es weniger {what} sein (Vergleich: {name})", what=what, name=name,
        ),
    )  # fmt: skip


def _calibrated(low: float, high: float) -> Check:
    least, most = SLOPES
    return Check(
        sentence(
            "probabilities neither too bold nor too timid (calibration slope {span})",
            "Wahrscheinlichkeiten weder zu kühn noch zu zaghaft (Kalibrierungssteigung {span})",
            span=between(least, most),
        ),
        between(low, high),
        low <= most and high >= least,
        sentence(
            "its probabilities cannot be taken at their word (calibration slope {found})",
            "die Wahrscheinlichkeiten sind nicht wörtlich zu nehmen (Kalibrierungssteigung {found})",
            found=between(low, high),
        ),
    )  # fmt: skip


def said(passed: bool | None) -> Text:
    """Return an answer in a word."""
    if passed is None:
        return Text("cannot be told yet", "noch offen")
    return Text("yes", "ja") if passed else Text("no", "nein")
