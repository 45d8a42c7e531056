"""Signing in."""

from __future__ import annotations

from features.domain import Text

TITLE = Text("Sign in", "Anmelden")
NAME = Text("User name", "Benutzername")
PASSWORD = Text("Password", "Passwort")
SUBMIT = Text("Sign in", "Anmelden")
WRONG = Text("User name and password do not belong together.", "Benutzername und Passwort passen nicht zusammen.")
LINK_OVER = Text(
    "This link has been used already or is too old. Each link works once, within an hour.",
    "Dieser Link wurde schon benutzt oder ist abgelaufen. Jeder Link gilt einmal und eine Stunde lang.",
)
NEW_LINK = Text("A new link, for whoever runs the service:", "Einen neuen Link erzeugt, wer den Dienst betreibt:")
TOO_MANY = Text(
    "Too many tries. Please wait {minutes} min, or ask for a sign-in link.",
    "Zu viele Versuche. Bitte warten Sie {minutes} Min., oder lassen Sie sich einen Anmelde-Link geben.",
)
NO_USERS = Text("Nobody has a password yet.", "Noch hat niemand ein Passwort.")
LINK_WAS_PRINTED = Text(
    "When leadscore was started, it printed a link that signs you in once. It stands in the terminal where "
    "leadscore serve or make demo runs.",
    "Beim Start hat leadscore einen Link ausgegeben, der Sie einmal anmeldet. Er steht in dem Terminal, in dem "
    "leadscore serve oder make demo läuft.",
)
MAKE_USERS = Text("For your colleagues, make users:", "Für Ihre Kolleginnen und Kollegen legen Sie Benutzer an:")
SIGNED_OUT = Text("You have signed out.", "Sie sind abgemeldet.")
