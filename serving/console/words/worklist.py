"""The worklist."""

from __future__ import annotations

from features.domain import Text

TITLE = Text("Worklist", "Arbeitsliste")
NOTICES: dict[str, Text] = {}

SEARCH = Text("Search", "Suche")
SEARCH_HELP = Text("id, name, company, e-mail …", "ID, Name, Firma, E-Mail …")
STAGE = Text("Stage", "Phase")
GRADE = Text("Grade", "Note")
PERSONA = Text("Persona", "Persona")
OWNER = Text("Owner", "Zuständig")
SORT = Text("Order", "Reihenfolge")
ANY = Text("any", "alle")
SHOW = Text("Show", "Anzeigen")
CLEAR = Text("Show all", "Alle anzeigen")
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
