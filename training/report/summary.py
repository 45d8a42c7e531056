"""What a reader wants first: whether the model serves and why, what an MQL is now, and how well leads are ranked."""

from __future__ import annotations

from features.domain import Text
from features.domain.say import between, day, listed, number, percent, sentence, span, whole
from models.cutoffs import State
from models.cutoffs.words import STATES, certified_told
from models.evidence.at_cutoff import AtCutoff
from models.evidence.names import name_of
from training.evaluate import top
from training.gates import Decision
from training.judgement import MODEL
from training.pages.agreement import TONES
from training.pages.content import Fact, Section, Tone
from training.report.checks import checks_of
from training.report.material import Material

TOP = 0.1
"""The share of leads on top that the summary speaks of."""


def in_short(material: Material) -> Section:
    """Return the summary: the verdict, what it means for the day's work, and the figures to remember."""
    state = material.judgement.cutoffs.state
    figures = material.judgement.evaluations[MODEL]
    facts = (
        Fact(
            Text("Serves", "Im Einsatz"), Text("yes", "ja") if material.promoted else Text("no", "nein"),
            _decided(material), Tone.GOOD if material.promoted else Tone.DOUBT,
        ),
        _stage_fact("MQL", material.mql),
        _stage_fact("SQL", material.sql),
        Fact(
            Text("Agreement (SLA)", "Vereinbarung (SLA)"), STATES[state],
            sentence(
                "{told}; until {day}", "{told}; bis {day}",
                told=certified_told(material.judgement.cutoffs.mql, material.judgement.cutoffs.sql),
                day=day(material.valid_until),
            )
            if state is State.CERTIFIED
            else Text("see “The certificate”", "siehe „Das Zertifikat“"),
            TONES.get(state, Tone.PLAIN),
        ),
        Fact(
            Text("Tells leads apart", "Unterscheidet Leads"), number(material.auc.value, 3),
            sentence(
                "ROC-AUC, 95 % interval {interval}; 0.5 is chance, 1 perfect",
                "ROC-AUC, 95-%-Intervall {interval}; 0,5 ist Zufall, 1 perfekt",
                interval=between(*within_unit(material.auc.interval), 3),
            ),
            Tone.PLAIN if material.signal else Tone.BAD,
        ),
        Fact(
            Text("Judged on", "Geprüft an"), whole(figures.leads),
            sentence(
                "leads it never saw, {n} of which reached “{target}”",
                "nie gesehenen Leads; davon erreichten {n} „{target}“",
                n=whole(figures.positive_leads), target=material.target,
            ),
        ),
    )  # fmt: skip
    return Section(
        "in-short", Text("In short", "In Kürze"), (_serves(material), _ranks(material), _stage(material)), facts
    )


def within_unit(interval: tuple[float, float]) -> tuple[float, float]:
    """Return an interval held in [0, 1]."""
    return max(0.0, interval[0]), min(1.0, interval[1])


def leads_a_week(count: float) -> Text:
    """Return how many leads a week, with a decimal only where there are few."""
    return number(count, 1) if count < 10 else whole(count)


def _decided(material: Material) -> Text:
    if material.version is None:
        return Text("could not be recorded", "konnte nicht verzeichnet werden")
    return {
        Decision.PROMOTED: Text("passed the gate", "Freigabeprüfung bestanden"),
        Decision.NOT_PROMOTED: Text("did not pass the gate", "Freigabeprüfung nicht bestanden"),
        Decision.UNDECIDED: Text("the gate could not tell", "Freigabeprüfung ohne Ergebnis"),
    }[material.judgement.verdict.decision]


def _stage_fact(name: str, at: AtCutoff) -> Fact:
    often = (
        sentence(
            "probability or more, {share} of the leads",
            "Wahrscheinlichkeit, {share} der Leads",
            share=percent(at.share),
        )
        if at.per_week is None
        else sentence(
            "probability or more, about {n} leads a week",
            "Wahrscheinlichkeit, etwa {n} Leads je Woche",
            n=leads_a_week(at.per_week),
        )
    )
    return Fact(Text(f"{name} from", f"{name} ab"), percent(at.probability), often)


def _serves(material: Material) -> Text:
    verdict = material.judgement.verdict
    if material.version is None:
        return Text(
            "The model was trained but could not be recorded, so it does not serve. Train again when MLflow answers.",
            "Das Modell ist trainiert, konnte aber nicht verzeichnet werden und ist deshalb nicht im Einsatz. "
            "Trainieren Sie erneut, sobald MLflow antwortet.",
        )
    version = material.version
    if material.promoted:
        return sentence(
            "Version {version} serves from now on: on leads that it never learned from, its probabilities are better "
            "than those of the {beaten}, beyond chance.",
            "Version {version} ist ab jetzt im Einsatz: Bei Leads, die sie nie gesehen hat, trifft sie besser zu als "
            "{beaten}, und das nicht nur zufällig.",
            version=version,
            beaten=listed([name_of(one.paired.rival) for one in verdict.comparisons]),
        )
    lacking = [check.lacking for check in checks_of(material) if check.passed is not True]
    return sentence(
        "Version {version} does not serve, and what served before goes on. Why: {why}.",
        "Version {version} ist nicht im Einsatz, es bleibt beim Bisherigen. Grund: {why}.",
        version=version,
        why=Text("; ".join(one.en for one in lacking), "; ".join(one.de for one in lacking)),
    )  # fmt: skip


def _ranks(material: Material) -> Text:
    area = material.auc
    if material.constant is not None:
        return sentence(
            "It found no signal: every lead gets the same probability, {p}. Do not choose leads by it.",
            "Es fand kein Signal: Jeder Lead bekommt dieselbe Wahrscheinlichkeit, {p}. Wählen Sie damit keine Leads "
            "aus.",
            p=percent(material.constant),
        )  # fmt: skip
    if not material.signal:
        return sentence(
            "It found no signal that can be told from chance (ROC-AUC {value}, 95 % interval {interval}; 0.5 is "
            "tossing a coin): do not choose leads by it.",
            "Es fand kein Signal, das sich vom Zufall unterscheiden lässt (ROC-AUC {value}, 95-%-Intervall {interval}; "
            "0,5 ist ein Münzwurf): Wählen Sie damit keine Leads aus.",
            value=number(area.value, 3), interval=between(*within_unit(area.interval), 3),
        )  # fmt: skip
    side, said = material.side, material.judgement.probabilities
    lift, hits = top(said[MODEL], side.label, side.weight, TOP)
    begin = sentence(
        "The tenth of the leads that it puts on top holds {share} of all that reached “{target}”, {lift} times as many "
        "as a tenth chosen by chance",
        "Das Zehntel der Leads, das es nach oben stellt, enthält {share} aller Leads, die „{target}“ erreichten: das "
        "{lift}-Fache eines zufälligen Zehntels",
        share=percent(hits), target=material.target, lift=number(lift, 1),
    )  # fmt: skip
    rival = material.rival
    if rival is None:
        return Text(f"{begin.en}.", f"{begin.de}.")
    return sentence(
        "{begin}; by the {name} it would be {share}.", "{begin}. Zum Vergleich, {name}: {share}.",
        begin=begin, name=name_of(rival), share=percent(top(said[rival], side.label, side.weight, TOP)[1]),
    )  # fmt: skip


def _stage(material: Material) -> Text:
    at = material.mql
    volume = (
        sentence("{share} of the leads", "{share} der Leads", share=percent(at.share))
        if at.per_week is None
        else sentence(
            "about {n} a week, {share} of the leads", "etwa {n} je Woche, {share} der Leads",
            n=leads_a_week(at.per_week), share=percent(at.share),
        )
    )  # fmt: skip
    begin = (
        Text("An MQL is now", "Ein MQL ist jetzt")
        if material.holds
        else Text("By its proposal an MQL would be", "Nach seinem Vorschlag wäre ein MQL")
    )
    return sentence(
        "{begin} a lead with a probability of {p} or more: {volume}. Of these, {rate} reached the target (95 % "
        "interval {span}); {missed} of the later customers never became an MQL.",
        "{begin} ein Lead mit einer Wahrscheinlichkeit von mindestens {p}: {volume}. Davon erreichten {rate} das Ziel "
        "(95-%-Intervall {span}); {missed} der späteren Kunden wurden nie zum MQL.",
        begin=begin, p=percent(at.probability), volume=volume, rate=percent(at.rate.value),
        span=span(at.rate.low, at.rate.high), missed=percent(at.missed.value),
    )  # fmt: skip
