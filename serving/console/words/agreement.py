"""The agreement's page."""

from __future__ import annotations

from features.domain import Text
from models.cutoffs import words as certificate

STATES, MEANINGS = certificate.STATES, certificate.MEANINGS

TITLE = Text("Agreement", "Vereinbarung")
NOTICES = {
    "proposed": Text(
        "Proposed. It comes into force once marketing and sales have both signed it.",
        "Vorgeschlagen. Der Vorschlag tritt in Kraft, sobald Marketing und Vertrieb beide unterschrieben haben.",
    ),
    "signed": Text(
        "Signed. The other department's signature is still missing.",
        "Unterschrieben. Es fehlt noch die andere Abteilung.",
    ),
    "in-force": Text(
        "Signed by both: the agreement is in force. All leads are scored by it within a while.",
        "Von beiden unterschrieben: Die Vereinbarung gilt. Alle Leads werden nach und nach danach bewertet.",
    ),
}

IN_FORCE = Text("What holds now", "Was jetzt gilt")
STATE = Text("State", "Stand")
VERSION = Text("Agreement, version {version}", "Vereinbarung, Version {version}")
SIGNED_BY = Text("signed by {who} on {day}", "unterschrieben von {who} am {day}")
AND = Text("{one} and {other}", "{one} und {other}")
NOT_SIGNED = Text(
    "Nobody has signed it yet: the cutoffs are those that the first model proposed.",
    "Noch hat niemand unterschrieben: Die Schwellen sind die, die das erste Modell vorgeschlagen hat.",
)
MQL_FROM = Text("A lead is an MQL from", "Ein Lead ist MQL ab")
SQL_FROM = Text("A lead is an SQL from", "Ein Lead ist SQL ab")
PROBABILITY = Text("probability to become a customer", "Wahrscheinlichkeit, Kunde zu werden")
CERTIFICATE = Text("Certificate", "Zertifikat")
UNTIL = Text("valid until {day}", "gültig bis {day}")
NO_CUTOFFS_TITLE = Text("No cutoffs are in force yet", "Noch gelten keine Schwellen")
NO_CUTOFFS_HELP = Text(
    "Your rules place the leads. The first model that serves brings cutoffs; marketing and sales then sign them here.",
    "Ihre Regeln ordnen die Leads ein. Das erste Modell im Einsatz bringt Schwellen mit; Marketing und Vertrieb "
    "unterschreiben sie dann hier.",
)
STATE_MEANS = {
    "certified": Text("Shown by the data.", "Durch die Daten belegt."),
    "provisional": Text("Not shown yet, and not excluded.", "Noch nicht belegt, aber auch nicht ausgeschlossen."),
    "infeasible": Text(
        "The data exclude that all promises hold.", "Die Daten schließen aus, dass alle Zusagen halten."
    ),
    "uncertified": Text(
        "Nothing is shown for the model that serves: another one was measured, or nobody measured these cutoffs.",
        "Für das Modell im Einsatz ist nichts belegt: Gemessen wurde ein anderes, oder niemand hat diese Schwellen "
        "gemessen.",
    ),
    "expired": Text(
        "The certificate has run out: train or recalibrate.",
        "Das Zertifikat ist abgelaufen: Trainieren oder kalibrieren Sie neu.",
    ),
    "violated": Text(
        "Newer results broke the promises: the cutoffs stay until you decide.",
        "Neuere Ergebnisse haben die Zusagen verletzt: Die Schwellen bleiben, bis Sie entscheiden.",
    ),
    "none": Text("There are no cutoffs to certify.", "Es gibt keine Schwellen zu zertifizieren."),
}
NONE = Text("none", "keine")

PROMISES = Text("What is promised", "Was zugesagt ist")
PROMISE = Text("Promise", "Zusage")
MEASURED = Text("Measured (95 % interval)", "Gemessen (95-%-Intervall)")
IN_WORDS = Text("In words", "In Worten")
STAGE = Text("For {stage}s", "Für {stage}s")
NO_PROMISES = Text(
    "sla.yaml promises nothing yet. Agree on a conversion rate or on how many leads sales takes a week, and write it "
    "there.",
    "sla.yaml enthält noch keine Zusagen. Vereinbaren Sie eine Konversionsrate oder wie viele Leads der Vertrieb je "
    "Woche annimmt, und tragen Sie es dort ein.",
)
NOT_MEASURED_HERE = Text(
    "Nothing was measured at these cutoffs.", "An diesen Schwellen wurde nichts gemessen."
)  # fmt: skip
WAYS_OUT = Text("Ways out, the least important promise first", "Auswege, die am wenigsten wichtige Zusage zuerst")

WHAT_IF = Text("What if the cutoffs were elsewhere?", "Was wäre bei anderen Schwellen?")
WHAT_IF_HELP = Text(
    "Move a cutoff to see what it would have done with the leads that the model was measured on. It is an estimate and "
    "no promise: after trying many cutoffs, the best of them looks better than it is.",
    "Verschieben Sie eine Schwelle und sehen Sie, was sie bei den Leads bewirkt hätte, an denen das Modell gemessen "
    "wurde. Das ist eine Schätzung und keine Zusage: Wer viele Schwellen probiert, dem erscheint die beste besser, als "
    "sie ist.",
)
MEASURED_ON = Text("Counted on {leads} leads", "Gezählt an {leads} Leads")
MEASURED_FROM = Text(", that came in from {since} to {until}", ", eingegangen vom {since} bis {until}")
MEASURED_SINCE = Text(
    ". Whoever came in since is not among them; the model's page says whether leads are still alike.",
    ". Wer seither kam, ist nicht dabei; ob die Leads noch wie früher sind, sagt die Seite zum Modell.",
)
MEASURED_SAMPLE = Text(" (a sample of {of})", " (eine Stichprobe von {of})")
MQL_CUTOFF = Text("MQL from (%)", "MQL ab (%)")
SQL_CUTOFF = Text("SQL from (%)", "SQL ab (%)")
SLIDER = Text("move the {stage} cutoff", "{stage}-Schwelle verschieben")
SHOW = Text("Show", "Anzeigen")
BACK = Text("Back to those in force", "Zurück zu den geltenden")
NOW = Text("In force: {p}", "Es gilt: {p}")
MOVED = Text("Moved to {p}", "Verschoben auf {p}")
FIGURE = Text("Figure", "Kennzahl")
PER_WEEK = Text("Leads a week", "Leads je Woche")
USUAL = Text("Nine of ten weeks", "Neun von zehn Wochen")
CONVERSION = Text("Become customers", "Werden Kunden")
MISSED = Text("Customers missed", "Verpasste Kunden")
ACCEPTED = Text("Taken on by sales, of those answered", "Vom Vertrieb angenommen, von den beantworteten")
LOAD = Text(
    "Load: share of the {limit} a week that sales takes",
    "Auslastung: Anteil an den {limit} je Woche, die der Vertrieb annimmt",
)
BUSY = Text("Weeks with more than sales takes", "Wochen mit mehr, als der Vertrieb annimmt")
WITH_INTERVAL = Text("{value} ({low} to {high})", "{value} ({low} bis {high})")
RANGE = Text("{low} to {high}", "{low} bis {high}")
RAISED = Text(
    "With the higher {stage} cutoff {n} leads fewer would have been {stage}s; of these, {rate} became customers.",
    "Mit der höheren {stage}-Schwelle wären {n} Leads weniger {stage} geworden; von diesen wurden {rate} Kunden.",
)
RAISED_ONE = Text(
    "With the higher {stage} cutoff there would have been one {stage} less.",
    "Mit der höheren {stage}-Schwelle hätte es einen {stage} weniger gegeben.",
)
LOWERED_ONE = Text(
    "With the lower {stage} cutoff there would have been one {stage} more.",
    "Mit der niedrigeren {stage}-Schwelle hätte es einen {stage} mehr gegeben.",
)
LOWERED = Text(
    "With the lower {stage} cutoff {n} leads more would have been {stage}s; of these, {rate} became customers.",
    "Mit der niedrigeren {stage}-Schwelle wären {n} Leads mehr {stage} geworden; von diesen wurden {rate} Kunden.",
)
NO_EVIDENCE = Text(
    "What other cutoffs would do cannot be counted yet",
    "Was andere Schwellen bewirken würden, lässt sich noch nicht zählen",
)
CURVE = Text("Conversion and missed customers over the cutoff", "Konversion und verpasste Kunden je Schwelle")
CURVE_HELP = Text(
    "Further right, fewer leads are handed over: more of them become customers, and more customers are missed. The "
    "bands hold the truth of one cutoff with 95 %.",
    "Weiter rechts werden weniger Leads übergeben: Mehr davon werden Kunden, und mehr Kunden werden verpasst. Die "
    "Bänder enthalten den wahren Wert einer Schwelle mit 95 %.",
)
CURVE_ALT = Text(
    "At the MQL cutoff {p}, {rate} become customers and {missed} of the customers are missed.",
    "An der MQL-Schwelle {p} werden {rate} zu Kunden und {missed} der Kunden verpasst.",
)
CUTOFF = Text("cutoff on the probability", "Schwelle der Wahrscheinlichkeit")
SHARE = Text("share", "Anteil")
CONVERSION_LINE = Text("conversion of those handed over", "Konversion der übergebenen Leads")
MISSED_LINE = Text("customers missed", "verpasste Kunden")
BAND_LOW = Text("{name}, lower edge", "{name}, unterer Rand")
BAND_HIGH = Text("{name}, 95 % band", "{name}, 95-%-Band")
PROPOSE = Text("Propose these cutoffs", "Diese Schwellen vorschlagen")
PROPOSE_HELP = Text(
    "Nothing changes until marketing and sales have both signed.",
    "Es ändert sich nichts, bis Marketing und Vertrieb beide unterschrieben haben.",
)

OPEN = Text("To be signed", "Zu unterschreiben")
NOTHING_OPEN = Text("Nothing waits for a signature.", "Nichts wartet auf eine Unterschrift.")
PROPOSAL = Text("Proposal {number}", "Vorschlag {number}")
PROPOSED_BY = Text("proposed by {by} on {day}", "vorgeschlagen von {by} am {day}")
BY_LEADSCORE = Text("the trained model", "dem trainierten Modell")
SIGN = Text("Sign for {department}", "Für {department} unterschreiben")
SIGNED_BY_ROLE = Text("{department}: {by}, {minute}", "{department}: {by}, {minute}")
MISSING = Text("{department}: not yet", "{department}: noch nicht")
WHO_SIGNS = Text(
    "One person of marketing and another one of sales sign; administrators cannot sign for them.",
    "Es unterschreiben eine Person aus dem Marketing und eine andere aus dem Vertrieb; die Administration kann das "
    "nicht für sie tun.",
)
TRY = Text("See what it would do", "Ansehen, was das bewirken würde")
HISTORY = Text("History of agreements", "Frühere Vereinbarungen")
NO_HISTORY = Text("Nothing has been signed by both yet.", "Noch wurde nichts von beiden unterschrieben.")
SINCE = Text("in force since", "in Kraft seit")
SIGNATURES = Text("signed by", "unterschrieben von")
HOLDS = Text("holds", "gilt")
NO_CUTOFF = Text(
    "Give both cutoffs in per cent, between 0 and 100, the SQL cutoff at or above that of MQLs: every SQL is an MQL.",
    "Geben Sie beide Schwellen in Prozent an, zwischen 0 und 100, die SQL-Schwelle nicht unter der MQL-Schwelle: Jeder "
    "SQL ist auch ein MQL.",
)
LACKS = {
    "no-model": Text(
        "The rules score the leads; once a model serves, it is counted on the leads that it was measured on.",
        "Die Regeln bewerten die Leads; sobald ein Modell im Einsatz ist, wird an den Leads gezählt, an denen es "
        "gemessen wurde.",
    ),
    "old-bundle": Text(
        "The model was trained before its measurements were kept with it: train again, or recalibrate.",
        "Das Modell wurde trainiert, bevor seine Messwerte bei ihm abgelegt wurden. Trainieren oder kalibrieren Sie "
        "neu.",
    ),
    "damaged": Text(
        "The measurements of the model cannot be read: promote its version again.",
        "Die Messwerte des Modells sind nicht lesbar: Geben Sie seine Version noch einmal frei.",
    ),
}
