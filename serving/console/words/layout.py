"""What surrounds every page."""

from __future__ import annotations

from features.domain import Text

SKIP = Text("Skip to the content", "Zum Inhalt springen")
PAGES = Text("Pages", "Seiten")
SIGN_OUT = Text("Sign out", "Abmelden")
SIGNED_IN_AS = Text("Signed in as {name}, {role}", "Angemeldet als {name}, {role}")
OTHER_LANGUAGE = Text("Deutsch", "English")
API = Text("API", "API")
CHART_TABLE = Text("The figures as a table", "Die Zahlen als Tabelle")
NO_SCRIPT = Text(
    "Without JavaScript the table below stands in for the picture.",
    "Ohne JavaScript steht die Tabelle darunter für das Diagramm.",
)
PRINT = Text("Print", "Drucken")

ROLES = {
    "marketing": Text("marketing", "Marketing"),
    "sales": Text("sales", "Vertrieb"),
    "scientist": Text("data science", "Data Science"),
    "admin": Text("administrator", "Administration"),
    "crm": Text("CRM", "CRM"),
}

STAGES = {
    "lead": Text("Lead", "Lead"),
    "mql": Text("MQL", "MQL"),
    "sql": Text("SQL", "SQL"),
    "opportunity": Text("Opportunity", "Verkaufschance"),
    "customer": Text("Customer", "Kunde"),
    "lost": Text("Lost", "Verloren"),
}
