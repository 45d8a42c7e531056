"""A lead's page, and the page that the person can be given."""

from __future__ import annotations

from features.domain import Text
from serving.console.words.layout import STAGES

TITLE = Text("Lead", "Lead")
STAGE_NAMES = STAGES
NOTICES = {
    "accepted": Text("The lead is accepted.", "Der Lead ist angenommen."),
    "rejected": Text(
        "The lead is rejected. The reason will teach the next model.",
        "Der Lead ist abgelehnt. Aus dem Grund lernt das nächste Modell.",
    ),
    "contacted": Text("Noted: the lead was contacted.", "Vermerkt: Der Lead wurde kontaktiert."),
}

SCORE = Text("Score", "Score")
GRADE = Text("Grade", "Note")
GRADE_HELP = Text(
    "letter: fit, A is best · digit: activity, 1 is best",
    "Buchstabe: Passung, A ist am besten · Ziffer: Aktivität, 1 ist am besten",
)
STAGE = Text("Stage", "Phase")
SINCE = Text("since {day}", "seit {day}")
PROBABILITY = Text("Chance of winning", "Abschlusschance")
PROBABILITY_HELP = Text(
    "of 100 leads like this, about so many are won", "etwa so viele von 100 solchen Leads werden gewonnen"
)
PERSONA = Text("Persona", "Persona")
OWNER = Text("Owner", "Zuständig")
SCALE_ALT = Text(
    "On the scale from 0 to 100 the score is {score}; MQL begins at 50, SQL at 75.",
    "Auf der Skala von 0 bis 100 liegt der Score bei {score}; MQL beginnt bei 50, SQL bei 75.",
)

WHY = Text("Why this score", "Warum dieser Score")
WHY_HELP = Text(
    "Each lead begins with the same points; each reason adds or takes some. Together they are the score, exactly. "
    "The thin lines are the cutoffs: 50 for MQL, 75 for SQL.",
    "Jeder Lead beginnt mit denselben Punkten; jeder Grund gibt Punkte oder nimmt welche. Zusammen ergeben sie genau "
    "den "
    "Score. Die dünnen Linien sind die Schwellen: 50 für MQL, 75 für SQL.",
)
REASON = Text("Reason", "Grund")
POINTS = Text("Points", "Punkte")
BASE = Text("Every lead begins with", "Jeder Lead beginnt mit")
REST = Text("All smaller reasons together", "Alle kleineren Gründe zusammen")
TOTAL = Text("Points of this lead", "Punkte dieses Leads")
ROUNDED = Text(
    "The score is the points rounded down, and never below 0 or above 100.",
    "Der Score sind die abgerundeten Punkte, nie unter 0 und nie über 100.",
)
BY_MODEL = Text(
    "Scored by the model {name}, version {version}, trained on {day}.",
    "Bewertet vom Modell {name}, Version {version}, trainiert am {day}.",
)
BY_RULES = Text(
    "Scored by the agreed rules, version {version}.", "Bewertet nach den vereinbarten Regeln, Version {version}."
)
COVERAGE = Text("{share} of what counts was known.", "{share} von dem, was zählt, war bekannt.")
SLA = Text("Agreement version {version}.", "Vereinbarung Version {version}.")
DEGRADED = {
    "no-model": Text(
        "No model has been promoted yet, so the agreed rules scored this lead.",
        "Noch ist kein Modell im Einsatz; deshalb haben die vereinbarten Regeln diesen Lead bewertet.",
    ),
    "insufficient-data": Text(
        "Too little is known of this lead for the model, so the agreed rules scored it.",
        "Über diesen Lead ist für das Modell zu wenig bekannt; deshalb haben die vereinbarten Regeln ihn bewertet.",
    ),
    "objection": Text(
        "The person objected to profiling: only who they are was looked at, by the agreed rules.",
        "Die Person hat dem Profiling widersprochen: Nur ihre Stammdaten wurden nach den vereinbarten Regeln bewertet.",
    ),
    "consent-withdrawn": Text(
        "The person withdrew the consent to profiling: only who they are was looked at, by the agreed rules.",
        "Die Person hat die Einwilligung ins Profiling widerrufen: Nur ihre Stammdaten wurden nach den vereinbarten "
        "Regeln "
        "bewertet.",
    ),
    "no-consent": Text(
        "There is no consent to profiling: only who the person is was looked at, by the agreed rules.",
        "Eine Einwilligung ins Profiling liegt nicht vor: Nur die Stammdaten wurden nach den vereinbarten Regeln "
        "bewertet.",
    ),
}
DEGRADED_OTHER = Text(
    "The model could not answer, so the agreed rules scored this lead. Whoever runs the service finds the reason in "
    "its log.",
    "Das Modell konnte nicht antworten; deshalb haben die vereinbarten Regeln diesen Lead bewertet. Wer den Dienst "
    "betreibt, "
    "findet den Grund im Protokoll.",
)
NOT_SCORED = Text("This lead has no score", "Dieser Lead hat keinen Score")
NOT_SCORED_YET = Text(
    "It has not been scored yet; it is as soon as something is known of it.",
    "Er wurde noch nicht bewertet; das geschieht, sobald etwas über ihn bekannt ist.",
)
LACKS = {
    "objection": Text("The person objected to profiling.", "Die Person hat dem Profiling widersprochen."),
    "consent-withdrawn": Text(
        "The person withdrew the consent to profiling.", "Die Person hat die Einwilligung ins Profiling widerrufen."
    ),
    "no-consent": Text("There is no consent to profiling.", "Eine Einwilligung ins Profiling liegt nicht vor."),
}

NEXT = Text("What to do next", "Was jetzt zu tun ist")
QUALIFY = Text("This would lift the lead over its next cutoff:", "Das würde den Lead über die nächste Schwelle heben:")
QUALIFY_NONE = Text(
    "No one or two steps would lift this lead over its next cutoff.",
    "Kein einzelner Schritt und keine zwei zusammen würden diesen Lead über die nächste Schwelle heben.",
)
QUALIFY_TOP = Text("The lead is above both cutoffs.", "Der Lead liegt über beiden Schwellen.")
THEN = Text("then {score}", "dann {score}")
ASK = Text("Ask next:", "Als Nächstes fragen:")
BLOCKED = Text(
    "Held back: the agreement asks an SQL for {fields}, and that is not known.",
    "Zurückgehalten: Die Vereinbarung verlangt von einem SQL {fields}, und das ist nicht bekannt.",
)

WITH_SALES = Text("With sales", "Beim Vertrieb")
DUE = Text("To be contacted by {moment}.", "Zu kontaktieren bis {moment}.")
OVERDUE = Text("Should have been contacted by {moment}.", "Hätte bis {moment} kontaktiert werden sollen.")
CONTACTED_AT = Text("Contacted on {moment}.", "Kontaktiert am {moment}.")
NO_CLOCK = Text("Handed over on {moment}.", "Übergeben am {moment}.")
CONTACTED = Text("Contacted", "Kontaktiert")
ACCEPT = Text("Accept", "Annehmen")
REJECT = Text("Reject", "Ablehnen")
REJECT_WHY = Text("Why is it rejected?", "Warum wird er abgelehnt?")
CHOOSE = Text("choose …", "bitte wählen …")
REASON_MISSING = Text("Say why the lead is rejected.", "Sagen Sie, warum der Lead abgelehnt wird.")

KNOWN = Text("What is known", "Was bekannt ist")
NOTHING_KNOWN = Text("Nothing but its id.", "Nichts außer seiner ID.")
CREATED = Text("Created", "Angelegt")

TIMELINE = Text("Timeline", "Verlauf")
TIMELINE_EMPTY = Text("Nothing has happened yet.", "Noch ist nichts geschehen.")
TIMELINE_MORE = Text(
    "Older entries that are not shown: {count}.", "Ältere Einträge, die nicht gezeigt werden: {count}."
)
SCORED = Text("First score: {score}", "Erster Score: {score}")
SCORED_AGAIN = Text("Score {before} → {score}", "Score {before} → {score}")
CHANGED_BASE = Text("Another model or another agreement", "Anderes Modell oder andere Vereinbarung")
CHANGED_OTHER = Text("Smaller changes together", "Kleinere Änderungen zusammen")
BECAME = Text("Stage: {stage}", "Phase: {stage}")
HANDED_OVER = Text("Handed over to sales", "An den Vertrieb übergeben")
WAS_CONTACTED = Text("Contacted by sales", "Vom Vertrieb kontaktiert")
WAS_LATE = Text("Not contacted in time", "Nicht rechtzeitig kontaktiert")
UNKNOWN_TIME = Text("at an unknown time", "Zeitpunkt unbekannt")
OUTCOMES = {
    "mql": Text("Marked as MQL", "Als MQL vermerkt"),
    "sql_accepted": Text("Accepted by sales", "Vom Vertrieb angenommen"),
    "sql_rejected": Text("Rejected by sales", "Vom Vertrieb abgelehnt"),
    "opportunity": Text("Opportunity", "Verkaufschance"),
    "won": Text("Won", "Gewonnen"),
    "lost": Text("Lost", "Verloren"),
}
FOR_PERSON = Text("Page for the person (Art. 15 GDPR)", "Seite für die Person (Art. 15 DSGVO)")
BACK = Text("Worklist", "Arbeitsliste")

# The page that the person can be given: said to them, without sales' words.
PRINT_TITLE = Text("How we assess your interest", "Wie wir Ihr Interesse einschätzen")
PRINT_MADE = Text("Made on {moment} for {lead}", "Erstellt am {moment} für {lead}")
PRINT_WHAT = Text(
    "We estimate how likely it is that you become our customer. It helps our marketing and sales people to decide "
    "whom they "
    "write to or call first. The estimate is a number from 0 to 100, which a computer forms from what is listed here.",
    "Wir schätzen ein, wie wahrscheinlich es ist, dass Sie unsere Kundin oder unser Kunde werden. Das hilft unseren "
    "Leuten in "
    "Marketing und Vertrieb zu entscheiden, wen sie zuerst anschreiben oder anrufen. Die Einschätzung ist eine Zahl "
    "von 0 bis "
    "100, die ein Computer aus dem bildet, was hier steht.",
)
PRINT_SCORE = Text("Your number", "Ihre Zahl")
PRINT_SCORE_IS = Text(
    "It is {score} of 100, as of {moment}. From 50 on marketing counts you among the interested, from 75 on sales "
    "calls you.",
    "Sie ist {score} von 100, Stand {moment}. Ab 50 zählt das Marketing Sie zu den Interessierten, ab 75 spricht der "
    "Vertrieb "
    "Sie an.",
)
PRINT_WHY = Text("How it comes about", "Wie sie zustande kommt")
PRINT_WHY_HELP = Text(
    "Everybody begins with the same points. Each line says what added points or took some; together they are the "
    "number.",
    "Alle beginnen mit denselben Punkten. Jede Zeile sagt, was Punkte gab oder nahm; zusammen ergeben sie die Zahl.",
)
PRINT_BASE = Text("Everybody begins with", "Alle beginnen mit")
PRINT_TOTAL = Text("Your points", "Ihre Punkte")
PRINT_DATA = Text("What we know of you", "Was wir über Sie wissen")
PRINT_DID = Text("What you did", "Was Sie getan haben")
PRINT_DID_WHAT = Text("What", "Was")
PRINT_TIMES = Text("How often", "Wie oft")
PRINT_FIRST = Text("First", "Zuerst")
PRINT_LAST = Text("Last", "Zuletzt")
PRINT_NONE = Text("Nothing is recorded.", "Nichts ist aufgezeichnet.")
PRINT_RIGHTS = Text("Your rights", "Ihre Rechte")
PRINT_RIGHTS_ARE = Text(
    "You can have wrong data corrected, have your data erased or a copy of them given to you, object to this "
    "assessment at any "
    "time, and complain to a data protection authority. A message to the company that gave you this page is enough.",
    "Sie können falsche Daten berichtigen, Ihre Daten löschen oder sich eine Kopie geben lassen, dieser Einschätzung "
    "jederzeit "
    "widersprechen und sich bei einer Datenschutzaufsicht beschweren. Eine Nachricht an das Unternehmen, das Ihnen "
    "diese Seite "
    "gegeben hat, genügt.",
)
PRINT_NOT_SCORED = Text("You are not assessed.", "Sie werden nicht eingeschätzt.")
