"""What went wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from features.domain import Text


@dataclass(frozen=True, slots=True)
class Words:
    """A problem in words: what it is, and what helps."""

    title: Text
    help: Text


_AWAY = Words(
    Text("leadscore cannot answer just now", "leadscore kann gerade nicht antworten"),
    Text(
        "The database does not answer. Nothing of what you sent was kept. Please try again in a moment; if it stays "
        "like this, tell whoever runs the service.",
        "Die Datenbank antwortet nicht. Von Ihrer Eingabe wurde nichts gespeichert. Bitte versuchen Sie es gleich noch "
        "einmal; wenn es so bleibt, sagen Sie denen Bescheid, die den Dienst betreiben.",
    ),
)
_UNREADABLE = Words(
    Text("This entry could not be read", "Diese Eingabe war nicht lesbar"),
    Text(
        "Go back, check what you entered, and send it again.",
        "Gehen Sie zurück, prüfen Sie die Eingabe und senden Sie sie noch einmal.",
    ),
)

BY_CODE = {
    "forbidden": Words(
        Text("This page is for other roles", "Diese Seite ist für andere Rollen"),
        Text(
            "Your role does not include it. If you need it for your work, ask your administrator for another role.",
            "Ihre Rolle umfasst sie nicht. Wenn Sie sie für Ihre Arbeit brauchen, bitten Sie Ihre Administration um "
            "eine andere Rolle.",
        ),
    ),
    "not-found": Words(
        Text("There is nothing at this address", "Unter dieser Adresse gibt es nichts"),
        Text(
            "The lead may have been erased, or the address is not complete. The worklist leads to every lead.",
            "Vielleicht wurde der Lead gelöscht, oder die Adresse ist nicht vollständig. Über die Arbeitsliste finden "
            "Sie jeden Lead.",
        ),
    ),
    "method-not-allowed": Words(
        Text("This address takes no form", "Diese Adresse nimmt kein Formular an"),
        Text("Go back to the page you came from.", "Gehen Sie zur vorigen Seite zurück."),
    ),
    "not-with-sales": Words(
        Text("This lead is not with sales", "Dieser Lead liegt nicht beim Vertrieb"),
        Text(
            "Somebody may have answered it meanwhile. Open the lead again to see where it stands.",
            "Vielleicht hat ihn inzwischen jemand beantwortet. Öffnen Sie den Lead neu, um seinen Stand zu sehen.",
        ),
    ),
    "already-signed": Words(
        Text("Your department has signed this already", "Ihre Abteilung hat das schon unterschrieben"),
        Text(
            "Somebody was faster. Open the page on the agreement again to see where it stands.",
            "Jemand war schneller. Öffnen Sie die Seite zur Vereinbarung neu, um ihren Stand zu sehen.",
        ),
    ),
    "no-basis-for-profiling": Words(
        Text("This person may not be scored", "Diese Person darf nicht bewertet werden"),
        Text(
            "The person objected, or a consent is missing. Nothing was changed.",
            "Die Person hat widersprochen, oder eine Einwilligung fehlt. Es wurde nichts geändert.",
        ),
    ),
    "stale-form": Words(
        Text("This form is too old", "Dieses Formular ist zu alt"),
        Text(
            "You have signed in anew since it was opened. Go back, reload the page and send it again.",
            "Seit es geöffnet wurde, haben Sie sich neu angemeldet. Gehen Sie zurück, laden Sie die Seite neu und "
            "senden Sie es noch einmal.",
        ),
    ),
    "too-many-requests": Words(
        Text("leadscore is very busy", "leadscore ist gerade stark ausgelastet"),
        Text("Please try again in a moment.", "Bitte versuchen Sie es gleich noch einmal."),
    ),
    "body-too-large": Words(
        Text("This entry is too long", "Diese Eingabe ist zu lang"),
        Text("Go back and shorten it.", "Gehen Sie zurück und kürzen Sie sie."),
    ),
    "unavailable": Words(
        Text("The configuration cannot be used", "Die Konfiguration ist nicht verwendbar"),
        Text(
            "Whoever runs the service finds the reason in its log, and by leadscore check.",
            "Wer den Dienst betreibt, findet den Grund in seinem Protokoll und mit leadscore check.",
        ),
    ),
    "internal-error": Words(
        Text("Something went wrong here", "Hier ist etwas schiefgegangen"),
        Text(
            "It is not your fault. The service's log has the details under the number below.",
            "Das liegt nicht an Ihnen. Das Protokoll des Dienstes enthält die Einzelheiten unter der Nummer unten.",
        ),
    ),
    "store-unavailable": _AWAY,
    "store-busy": _AWAY,
    "storage-full": _AWAY,
    "timeout": _AWAY,
    "invalid-request": _UNREADABLE,
    "invalid-json": _UNREADABLE,
    "unsupported-media-type": _UNREADABLE,
    "body-timeout": _UNREADABLE,
    "headers-too-large": _UNREADABLE,
}

NOT_DONE = Text("That did not work", "Das hat nicht geklappt")
BACK = Text("To the start page", "Zur Startseite")
NUMBER = Text("Number of this request: {number}", "Nummer dieser Anfrage: {number}")
