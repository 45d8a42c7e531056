"""The worklist."""

from __future__ import annotations

from features.domain import Text

TITLE = Text("Worklist", "Arbeitsliste")
NOTICES = {
    "saved": Text("The view is saved.", "Die Ansicht ist gespeichert."),
    "removed": Text("The view is removed.", "Die Ansicht ist entfernt."),
}
COLUMNS = (
    "lead_id", "score", "score_a_week_ago", "probability", "stage", "stage_since", "grade", "persona", "owner",
    "engine", "scored_at", "reason_1", "reason_2",
)  # fmt: skip
"""Columns of the file, before a lead's own: names for programs, the same in both languages."""

VIEWS = Text("Saved views", "Gespeicherte Ansichten")
SAVE = Text("Save this view", "Diese Ansicht speichern")
VIEW_NAME = Text("Name of the view", "Name der Ansicht")
REMOVE = Text("Remove the view {name}", "Ansicht {name} entfernen")
EXPORT = Text("Download as CSV", "Als CSV herunterladen")
TREND = Text("7 days", "7 Tage")
TREND_NEW = Text("new", "neu")
BY_RULES = Text("by rules", "nach Regeln")

SEARCH = Text("Search", "Suche")
SEARCH_HELP = Text("name, company, e-mail", "Name, Firma, E-Mail")
STAGE = Text("Stage", "Phase")
GRADE = Text("Grade", "Note")
PERSONA = Text("Persona", "Persona")
OWNER = Text("Owner", "Zuständig")
SORT = Text("Order", "Reihenfolge")
ANY = Text("any", "alle")
OPEN = Text("still open", "noch offen")
SHOW = Text("Show", "Anzeigen")
CLEAR = Text("Take the filters out", "Filter zurücksetzen")
FILTERS = Text("Which leads", "Welche Leads")

SORTS = {
    "-score": Text("highest score first", "höchster Score zuerst"),
    "score": Text("lowest score first", "niedrigster Score zuerst"),
    "-scored_at": Text("newest score first", "neuester Score zuerst"),
    "scored_at": Text("oldest score first", "ältester Score zuerst"),
}

LEAD = Text("Lead", "Lead")
SCORE = Text("Score", "Score")
REASONS = Text("Strongest reasons", "Stärkste Gründe")
POINTS = Text("{points} points", "{points} Punkte")
NEXT = Text("Next page", "Nächste Seite")
FIRST = Text("First page", "Erste Seite")
ALL = Text("{count} leads", "{count} Leads")
ONE = Text("1 lead", "1 Lead")

EMPTY_TITLE = Text("No leads have been scored yet", "Noch wurden keine Leads bewertet")
EMPTY_HELP = Text(
    "Bring your leads in, or let your CRM send them; each is scored as it arrives.",
    "Übernehmen Sie Ihre Leads, oder lassen Sie Ihr CRM sie senden; jeder wird beim Eintreffen bewertet.",
)
EMPTY_API = Text("How a CRM sends leads", "Wie ein CRM Leads sendet")
NONE_TITLE = Text("No lead is like this", "Kein Lead passt dazu")
NONE_HELP = Text(
    "Take out a filter or search for less.", "Nehmen Sie einen Filter heraus, oder suchen Sie nach weniger."
)
