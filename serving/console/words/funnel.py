"""The funnel report."""

from __future__ import annotations

from features.domain import Text

TITLE = Text("Funnel", "Funnel")
INTRO = Text(
    "Leads that came in from {first} to {last}, and what has become of them so far.",
    "Leads, die vom {first} bis {last} kamen, und was bisher aus ihnen geworden ist.",
)
NOTICES: dict[str, Text] = {}

SPAN = Text("Which leads", "Welche Leads")
FROM = Text("From", "Von")
TO = Text("To", "Bis")
BY = Text("Split by", "Aufteilen nach")
SHOW = Text("Show", "Anzeigen")
CSV = Text("Download as CSV", "Als CSV laden")
BYS = {
    "week": Text("week", "Woche"),
    "month": Text("month", "Monat"),
    "source": Text("source", "Herkunft"),
    "persona": Text("persona", "Persona"),
}
UNKNOWN = Text("not known", "nicht bekannt")
NO_PERSONA = Text("no persona", "keine Persona")
REST = Text("all others together", "alle übrigen zusammen")

STEPS = {
    "lead": Text("Leads", "Leads"),
    "mql": Text("MQLs", "MQLs"),
    "sql": Text("SQLs", "SQLs"),
    "opportunity": Text("Opportunities", "Verkaufschancen"),
    "customer": Text("Customers", "Kunden"),
}
SO_FAR = Text("so far", "bisher")
STEP = Text("Step", "Schritt")
OF_BEFORE = Text("of the step before", "vom Schritt davor")
RANGE = Text("likely range", "wahrscheinlicher Bereich")
MEDIAN = Text("half of them within", "die Hälfte innerhalb von")
DAYS = Text("{days} days", "{days} Tagen")
RANGE_OF = Text("{low} to {high}", "{low} bis {high}")
COUNT_OF = Text("{count} of {of}", "{count} von {of}")
STEPS_TITLE = Text("From step to step", "Von Schritt zu Schritt")
STEPS_HELP = Text(
    "Rates and times are of the leads that came in until {until} ({of}): they have had all {days} days in which a lead "
    "can become a customer. Younger leads would make every recent week look bad. The range is where the true rate lies "
    "with 95 % confidence; with few leads it is wide.",
    "Quoten und Zeiten gelten für die Leads, die bis {until} kamen ({of}): Sie hatten alle {days} Tage, in denen ein "
    "Lead Kunde werden kann. Jüngere Leads ließen jede neue Woche schlecht aussehen. Im Bereich liegt die wahre Quote "
    "mit 95 % Sicherheit; bei wenigen Leads ist er breit.",
)
TOO_YOUNG = Text(
    "None of these leads has had its {days} days yet, so there are no rates. They can be told {days} days after the "
    "first of them came in, or now for an earlier span.",
    "Keiner dieser Leads hatte schon seine {days} Tage, deshalb gibt es noch keine Quoten. Bekannt sind sie {days} "
    "Tage nach dem Eingang der ersten von ihnen, für einen früheren Zeitraum schon jetzt.",
)

PARTS_TITLE = {
    "week": Text("Week by week", "Woche für Woche"),
    "month": Text("Month by month", "Monat für Monat"),
    "source": Text("By source", "Nach Herkunft"),
    "persona": Text("By persona", "Nach Persona"),
}
PART = {
    "week": Text("Week of", "Woche ab"),
    "month": Text("Month of", "Monat ab"),
    "source": Text("Source", "Herkunft"),
    "persona": Text("Persona", "Persona"),
}
COUNTS_CAPTION = Text(
    "How many came in, and how far they have come so far", "Wie viele kamen und wie weit sie bisher sind"
)
COUNTS_HELP = Text(
    "A lead counts where it came in, not where it took a step; so young leads still move on.",
    "Ein Lead zählt dort, wo er kam, nicht dort, wo er einen Schritt machte; junge Leads rücken also noch auf.",
)
COUNTS_ALT = Text(
    "Leads: {leads}, MQLs: {mql}, SQLs: {sql}, customers: {customers}.",
    "Leads: {leads}, MQLs: {mql}, SQLs: {sql}, Kunden: {customers}.",
)
RATE_CAPTION = Text("How many of 100 leads become customers", "Wie viele von 100 Leads Kunden werden")
RATE_HELP = Text(
    "Within {days} days, of leads that have had them; the band is the likely range. Where it ends, leads are too "
    "young.",
    "Innerhalb von {days} Tagen, von Leads, die sie hatten; das Band ist der wahrscheinliche Bereich. Wo es endet, "
    "sind die Leads zu jung.",
)
RATE_HELP_OF_GROUPS = Text(
    "Within {days} days, of leads that have had them; between the two points lies the likely range.",
    "Innerhalb von {days} Tagen, von Leads, die sie hatten; zwischen den beiden Punkten liegt der wahrscheinliche "
    "Bereich.",
)
RATE_ALT = Text("In all {rate}, likely {low} to {high}.", "Insgesamt {rate}, wahrscheinlich {low} bis {high}.")
NO_RATE_ALT = Text("No rate can be told yet.", "Noch ist keine Quote bekannt.")
RATE = Text("Become customers", "Werden Kunden")
RANGE_LOW = Text("Likely range, from", "Wahrscheinlicher Bereich, von")
RANGE_HIGH = Text("Likely range, up to", "Wahrscheinlicher Bereich, bis")
RANGE_LEGEND = Text("Likely range", "Wahrscheinlicher Bereich")
ALL_FIGURES = Text("All figures in one table", "Alle Zahlen in einer Tabelle")
LEADS = Text("Leads", "Leads")
MATURITY = Text("Rate", "Quote")
IMMATURE = Text("too young", "zu jung")

ACCEPTANCE_TITLE = Text("What sales said", "Was der Vertrieb sagte")
ACCEPTED = Text("accepted", "angenommen")
REJECTED = Text("rejected", "abgelehnt")
WAITING = Text("without an answer", "ohne Antwort")
MISSED = Text("customers that were never an MQL", "Kunden, die nie MQL waren")
REASONS_CAPTION = Text("Why sales rejected", "Warum der Vertrieb ablehnte")
REASONS_HELP = Text("Leads by the reason that was given.", "Leads nach dem angegebenen Grund.")
REASONS_ALT = Text("Most often: {reason}, {count}.", "Am häufigsten: {reason}, {count}.")
REASON = Text("Reason", "Grund")
NO_REASON = Text("no reason given", "ohne Angabe")
NO_ANSWERS = Text(
    "Sales has not answered any of these leads yet. Accepting and rejecting on the lead's page, or by your CRM, fills "
    "this part, and teaches the next model.",
    "Der Vertrieb hat zu diesen Leads noch nichts gesagt. Annehmen und Ablehnen auf der Seite des Leads oder aus Ihrem "
    "CRM füllt diesen Teil und bringt dem nächsten Modell etwas bei.",
)

SLA_TITLE = Text("The agreement: promised and kept", "Die Vereinbarung: zugesagt und gehalten")
SLA_INTRO = Text(
    "Version {version} of the agreement; certificate: {state}.",
    "Version {version} der Vereinbarung; Zertifikat: {state}.",
)
SLA_LINK = Text("To the agreement", "Zur Vereinbarung")
VALID_UNTIL = Text("It is valid until {day}.", "Es gilt bis {day}.")
RAN_OUT = Text("It ran out on {day}.", "Es ist am {day} abgelaufen.")
STATES = {
    "certified": Text("certified", "zertifiziert"),
    "provisional": Text(
        "provisional (not shown yet, and not excluded)", "vorläufig (noch nicht belegt, aber auch nicht ausgeschlossen)"
    ),
    "infeasible": Text("cannot be kept", "nicht einzuhalten"),
    "uncertified": Text("made for another model", "für ein anderes Modell ausgestellt"),
    "expired": Text("expired", "abgelaufen"),
    "violated": Text("broken by newer leads", "durch neuere Leads verletzt"),
    "not_measured": Text("not measured", "nicht gemessen"),
    "none": Text("none yet, because no model has been trained", "noch keines, weil kein Modell trainiert ist"),
}
CLAUSE = Text("Promise", "Zusage")
HAPPENED = Text("What happened", "Was geschah")
VERDICT = Text("Kept", "Eingehalten")
OPEN = Text("still open", "noch offen")
CLAUSES = {
    "mql.min_conversion_rate": Text(
        "At least {promise} of MQLs become customers", "Mindestens {promise} der MQLs werden Kunden"
    ),
    "mql.max_missed_customers": Text(
        "At most {promise} of customers were never an MQL", "Höchstens {promise} der Kunden waren nie MQL"
    ),
    "mql.contact_within": Text(
        "Marketing contacts an MQL within {promise}", "Marketing kontaktiert einen MQL innerhalb von {promise}"
    ),
    "sql.min_conversion_rate": Text(
        "At least {promise} of SQLs become customers", "Mindestens {promise} der SQLs werden Kunden"
    ),
    "sql.min_acceptance_rate": Text(
        "Sales accepts at least {promise} of SQLs", "Der Vertrieb nimmt mindestens {promise} der SQLs an"
    ),
    "sql.max_per_week": Text("At most {promise} SQLs a week", "Höchstens {promise} SQLs je Woche"),
    "sql.contact_within": Text(
        "Sales contacts an SQL within {promise}", "Der Vertrieb kontaktiert einen SQL innerhalb von {promise}"
    ),
}
COUNTED = {
    "mql.min_conversion_rate": Text("{count} of {of} MQLs, {rate}", "{count} von {of} MQLs, {rate}"),
    "mql.max_missed_customers": Text("{count} of {of} customers, {rate}", "{count} von {of} Kunden, {rate}"),
    "sql.min_conversion_rate": Text("{count} of {of} SQLs, {rate}", "{count} von {of} SQLs, {rate}"),
    "sql.min_acceptance_rate": Text("{count} of {of} answered, {rate}", "{count} von {of} beantworteten, {rate}"),
    "sql.max_per_week": Text("{count} of {of} whole weeks within it", "{count} von {of} ganzen Wochen darin"),
    "sql.contact_within": Text("{count} of {of} in time, {rate}", "{count} von {of} rechtzeitig, {rate}"),
}
VERDICTS = {
    "kept": Text("yes", "ja"),
    "broken": Text("no", "nein"),
    "unclear": Text("too close to tell", "zu knapp für ein Urteil"),
    "open": Text("nothing to judge yet", "noch nichts zu beurteilen"),
    "not_measured": Text("not measured", "nicht gemessen"),
}
NOT_MEASURED = Text("No clock runs for MQLs.", "Für MQLs läuft keine Uhr.")
SLA_HELP = Text(
    "Yes and no are said only where chance does not explain the difference. Weekly numbers and contact times are held "
    "against {confidence} of weeks and hand-overs.",
    "Ja und Nein stehen nur da, wo Zufall den Unterschied nicht erklärt. Wochenmengen und Kontaktzeiten müssen in "
    "{confidence} der Wochen und Übergaben stimmen.",
)
NO_CLAUSES = Text(
    "sla.yaml promises nothing yet. Add clauses, e.g. how many of the SQLs become customers and how soon sales calls; "
    "docs/sla.md lists them.",
    "sla.yaml sagt noch nichts zu. Ergänzen Sie Klauseln, etwa wie viele SQLs Kunden werden und wie bald der "
    "Vertrieb anruft; docs/sla.md nennt alle.",
)
LOAD_CAPTION = Text("SQLs against what sales can take", "SQLs und was der Vertrieb schafft")
LOAD_HELP = Text("By when they became an SQL.", "Nach dem Zeitpunkt, zu dem sie SQL wurden.")
LOAD_ALT = Text("At most {most} SQLs.", "Höchstens {most} SQLs.")
CAPACITY = Text("Sales can take", "Der Vertrieb schafft")
CONTACT_CAPTION = Text("Hand-overs: contacted in time and late", "Übergaben: rechtzeitig und zu spät kontaktiert")
CONTACT_HELP = Text(
    "By when they were handed over; the clock runs in business hours.",
    "Nach dem Zeitpunkt der Übergabe; die Uhr läuft in der Geschäftszeit.",
)
CONTACT_ALT = Text("{late} of {all} late.", "{late} von {all} zu spät.")
IN_TIME = Text("In time or running", "Rechtzeitig oder laufend")
LATE = Text("Late", "Zu spät")
DEGRADED = Text(
    "Of the hours in which leads were scored, rules answered for want of a model in {count} of {of} ({rate}).",
    "Von den Stunden, in denen Leads bewertet wurden, antworteten mangels Modell in {count} von {of} die Regeln "
    "({rate}).",
)
SINCE = Text(
    "These cutoffs have been in force since {day}. Weeks before are judged too: who was an MQL or SQL then was decided "
    "by other cutoffs, or by people.",
    "Diese Schwellen gelten seit {day}. Auch die Zeit davor wird beurteilt: Wer damals MQL oder SQL war, haben andere "
    "Schwellen oder Menschen entschieden.",
)
NONE_YET = Text("none yet", "noch keine")
BREACHES = Text("Contacted late, or not yet", "Zu spät oder noch nicht kontaktiert")
LEAD = Text("Lead", "Lead")
OWNER = Text("Owner", "Zuständig")
HANDED_OVER = Text("Handed over", "Übergeben")
DUE = Text("Due", "Fällig")
CONTACTED = Text("Contacted", "Kontaktiert")
NOT_YET = Text("not yet", "noch nicht")
HOURS_LATE = Text("Business hours late", "Geschäftsstunden zu spät")
NO_BREACHES = Text("No lead waits too long, and none has waited.", "Kein Lead wartet oder wartete zu lange.")

EMPTY_TITLE = Text("No leads came in during this time", "In dieser Zeit kamen keine Leads")
EMPTY_HELP = Text(
    "Choose an earlier span above, bring your history in, or let your CRM send leads.",
    "Wählen Sie oben einen früheren Zeitraum, übernehmen Sie Ihre Historie, oder lassen Sie Ihr CRM Leads senden.",
)
NO_SOURCE = Text(
    "Splitting by source needs an attribute that tells it: add reports: {source: COLUMN} to leadscore.yaml.",
    "Für die Aufteilung nach Herkunft fehlt ein Merkmal, das sie nennt: Ergänzen Sie reports: {source: SPALTE} in "
    "leadscore.yaml.",
)
