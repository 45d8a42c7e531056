"""The model card's end: what the model is known not to do well, what it must not be used for, and where to read on."""

from __future__ import annotations

from features.domain import Text
from features.domain.say import between, day, number, percent, sentence, span, whole
from models.card import FORBIDDEN_USES
from training.acceptance_order import AcceptanceOrder
from training.judgement import MODEL
from training.pages.content import Section, Table
from training.report.material import Material


def limits(material: Material) -> Section:
    """Return the section on limits and forbidden uses."""
    figures = material.judgement.evaluations[MODEL]
    told = [
        sentence(
            "It was judged on {n} leads of one company and one time; other markets and campaigns were not seen.",
            "Geprüft wurde es an {n} Leads eines Unternehmens und einer Zeit; andere Märkte und Kampagnen kamen nicht "
            "vor.",
            n=whole(figures.leads),
        ),
        Text(
            "A probability speaks of many leads alike, never of a single person for certain.",
            "Eine Wahrscheinlichkeit spricht von vielen gleichartigen Leads, nie mit Gewissheit von einer einzelnen "
            "Person.",
        ),
        Text(
            "Once sales works by its scores, what becomes of leads depends on the scores too: keep an eye on leads "
            "below the cutoffs.",
            "Sobald der Vertrieb nach den Scores arbeitet, hängt auch von den Scores ab, was aus Leads wird: Behalten "
            "Sie die Leads unter den Schwellen im Auge.",
        ),
        *([] if material.acceptance is None else _acceptance(material.acceptance)),
    ]  # fmt: skip
    return Section(
        "limits",
        Text("Limits and uses that are not allowed", "Grenzen und unzulässige Verwendung"),
        tuple(told),
        tables=(
            Table(
                Text("Not to be used for", "Nicht zu verwenden für"),
                Text("A lead score is made for none of these.", "Für all das ist ein Lead-Score nicht gemacht."),
                (Text("Use", "Verwendung"),),
                tuple((use,) for use in FORBIDDEN_USES),
                wordy=True,
            ),
        ),
    )


def _acceptance(told: AcceptanceOrder) -> list[Text]:
    rates = [
        sentence(
            "{stage}: {rate} of {n} ({span})",
            "{stage}: {rate} von {n} ({span})",
            stage=stage.upper() if stage != "lead" else Text("below MQL", "unter MQL"),
            rate=percent(one.rate.value),
            n=whole(one.answered),
            span=span(one.rate.low, one.rate.high),
        )
        for stage, one in told.stages.items()
    ]
    return [
        sentence(
            "Sales answered on {n} of the leads held out and accepted {k}; the model orders these with ROC-AUC {auc} "
            "({interval}). Accepted by stage: {rates}. Of leads that nobody handed over, this says nothing.",
            "Der Vertrieb hat zu {n} der zurückgehaltenen Leads geantwortet und {k} angenommen; das Modell ordnet sie "
            "mit ROC-AUC {auc} ({interval}). Angenommen nach Stufe: {rates}. Über Leads, die niemand übergeben hat, "
            "sagt das nichts.",
            n=whole(told.answered), k=whole(told.accepted), auc=number(told.auc.value),
            interval=between(told.auc.low, told.auc.high),
            rates=Text("; ".join(rate.en for rate in rates), "; ".join(rate.de for rate in rates)),
        )
    ]  # fmt: skip


def where_next(material: Material) -> Section:
    """Return the section that says where the rest is."""
    card = material.card
    points = [
        sentence(
            "Trained on {day} for {name}; version {version} in the registry.",
            "Trainiert am {day} für {name}; Version {version} in der Registry.",
            day=day(card.trained_at), name=card.name, version=material.version or "–",
        ),
        Text(
            "How a run works, what the certificate means and how reasons are made: docs/training.md, docs/sla.md, "
            "docs/calibration.md and docs/reasons.md; how to read this page: docs/report.md.",
            "Wie ein Lauf abläuft, was das Zertifikat bedeutet und wie Gründe entstehen: docs/training.md, "
            "docs/sla.md, docs/calibration.md und docs/reasons.md; wie diese Seite zu lesen ist: docs/report.md (alles "
            "englisch).",
        ),
        Text(
            "All figures, the bundle and this page are in MLflow with the run; the bundle’s card.json has the model "
            "card.",
            "Alle Zahlen, das Bundle und diese Seite liegen beim Lauf in MLflow; die Modellkarte steht in card.json "
            "des Bundles.",
        ),
        Text(
            "After some weeks: “leadscore monitor” tells whether leads or results drift, “leadscore evaluate” measures "
            "the model on leads that matured since, “leadscore recalibrate” mends its level.",
            "Nach einigen Wochen: „leadscore monitor“ sagt, ob Leads oder Ergebnisse abwandern, „leadscore evaluate“ "
            "misst das Modell an seither gereiften Leads, „leadscore recalibrate“ stellt das Niveau neu ein.",
        ),
    ]  # fmt: skip
    return Section("next", Text("Where to look next", "Wo es weitergeht"), points=tuple(points))
