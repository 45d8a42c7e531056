"""The words that a report uses, explained once."""

from __future__ import annotations

from features.domain import Text
from training.pages.content import Section, Table

_WORDS = (
    (
        Text("Lead, MQL, SQL", "Lead, MQL, SQL"),
        Text(
            "A contact; one that marketing calls promising (marketing qualified); one that sales works on (sales "
            "qualified).",
            "Ein Kontakt; einer, den das Marketing für aussichtsreich hält (Marketing Qualified); einer, den der "
            "Vertrieb bearbeitet (Sales Qualified).",
        ),
    ),
    (
        Text("Probability", "Wahrscheinlichkeit"),
        Text(
            "Of 100 leads with 20 %, about 20 reach the target in time.",
            "Von 100 Leads mit 20 % erreichen etwa 20 rechtzeitig das Ziel.",
        ),
    ),
    (
        Text("Score, points", "Score, Punkte"),
        Text(
            "The probability on a scale from 0 to 100, on which an MQL begins at 50 and an SQL at 75.",
            "Die Wahrscheinlichkeit auf einer Skala von 0 bis 100, auf der ein MQL bei 50 und ein SQL bei 75 beginnt.",
        ),
    ),
    (
        Text("Held out", "Zurückgehalten"),
        Text(
            "Leads that the model never learned from; only they tell how good it is.",
            "Leads, an denen das Modell nicht gelernt hat; nur sie zeigen, wie gut es ist.",
        ),
    ),
    (
        Text("Cutoff", "Schwelle"),
        Text(
            "The probability from which a lead is an MQL or an SQL.",
            "Die Wahrscheinlichkeit, ab der ein Lead MQL oder SQL ist.",
        ),
    ),
    (
        Text("Conversion, precision", "Konversion, Precision"),
        Text(
            "Share of the leads handed over that reach the target.",
            "Anteil der übergebenen Leads, die das Ziel erreichen.",
        ),
    ),
    (
        Text("95 % interval", "95-%-Intervall"),
        Text(
            "Where the true figure lies; in 95 of 100 such measurements it does. The fewer leads, the wider.",
            "Wo der wahre Wert liegt; bei 95 von 100 solchen Messungen trifft das zu. Je weniger Leads, desto breiter.",
        ),
    ),
    (
        Text("Calibration", "Kalibrierung"),
        Text(
            "Whether what was said comes true: seen over expected is 1, and the slope is 1.",
            "Ob eintrifft, was gesagt wurde: Beobachtet zu erwartet ist 1, und die Steigung ist 1.",
        ),
    ),
    (
        Text("Log-loss, Brier score", "Log-Loss, Brier"),
        Text(
            "The price of wrong probabilities, higher for bold mistakes; lower is better. Only comparisons on the same "
            "leads mean something.",
            "Der Preis falscher Wahrscheinlichkeiten, höher bei kühnen Fehlern; weniger ist besser. Nur Vergleiche bei "
            "denselben Leads sagen etwas aus.",
        ),
    ),
    (
        Text("ROC-AUC", "ROC-AUC"),
        Text(
            "How often, of a later customer and another lead, the customer stands higher: 0.5 is chance, 1 perfect.",
            "Wie oft von einem späteren Kunden und einem anderen Lead der Kunde höher steht: 0,5 ist Zufall, 1 "
            "perfekt.",
        ),
    ),
    (
        Text("Champion, gate", "Champion, Freigabeprüfung"),
        Text(
            "The model that serves; the test that a new one has to pass to take its place.",
            "Das Modell im Einsatz; die Prüfung, die ein neues bestehen muss, um an seine Stelle zu treten.",
        ),
    ),
    (
        Text("Base rate", "Grundrate"),
        Text(
            "Share of all leads that reach the target: the probability for someone who knows nothing of a lead.",
            "Anteil aller Leads, die das Ziel erreichen: die Wahrscheinlichkeit für jemanden, der nichts über einen "
            "Lead weiß.",
        ),
    ),
)


def words() -> Section:
    """Return the glossary."""
    return Section(
        "words",
        Text("Words", "Begriffe"),
        tables=(
            Table(
                Text("What the words mean", "Was die Begriffe bedeuten"),
                Text("As they are used on this page.", "So, wie sie auf dieser Seite gebraucht werden."),
                (Text("Word", "Begriff"), Text("Meaning", "Bedeutung")),
                _WORDS,
                wordy=True,
            ),
        ),
    )
