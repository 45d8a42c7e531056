"""The model's page."""

from __future__ import annotations

from features.domain import Text

TITLE = Text("Model", "Modell")
NOTICES = {
    "promoted": Text(
        "Done. The version serves within a few seconds; leads are scored again one by one.",
        "Erledigt. Die Version ist in wenigen Sekunden im Einsatz; die Leads werden nach und nach neu bewertet.",
    ),
    "rolled-back": Text(
        "Done. The version before serves again within a few seconds.",
        "Erledigt. Die vorherige Version ist in wenigen Sekunden wieder im Einsatz.",
    ),
}

SERVES = Text("What scores your leads now", "Was Ihre Leads gerade bewertet")
BY_MODEL = Text("Version {version} of the model", "Version {version} des Modells")
BY_RULES = Text("Your rules", "Ihre Regeln")
TRAINED = Text("trained on {day}", "trainiert am {day}")
LOADED = Text("Loaded at {minute}.", "Geladen am {minute}.")
NO_MODEL_TITLE = Text("No model serves yet", "Noch ist kein Modell im Einsatz")
NO_MODEL_HELP = Text(
    "Your rules score every lead. Train a model on what became of earlier leads; it serves only if it beats the rules "
    "beyond chance.",
    "Ihre Regeln bewerten jeden Lead. Trainieren Sie ein Modell an dem, was aus früheren Leads wurde; es kommt nur zum "
    "Einsatz, wenn es die Regeln nicht bloß zufällig schlägt.",
)
DEGRADED = Text(
    "A model was promoted, but it cannot be used, so the rules score every lead. Promote another version, "
    "or look at the service's log.",
    "Ein Modell wurde freigegeben, ist aber nicht verwendbar; daher bewerten die Regeln jeden Lead. Geben "
    "Sie eine andere Version frei, oder sehen Sie in das Protokoll des Dienstes.",
)
REFUSED = Text(
    "A newer version was refused; the one before goes on scoring.",
    "Eine neuere Version wurde abgelehnt; die vorherige bewertet weiter.",
)
DETAIL = Text("The log says: {detail}", "Im Protokoll steht: {detail}")
OLD_TITLE = Text("This version brought no measurements", "Diese Version hat keine Messwerte mitgebracht")
OLD_HELP = Text(
    "It was trained before they were kept with the model. Train again, or give it a new calibration; the pages then "
    "show how good it is.",
    "Sie wurde trainiert, bevor die Messwerte beim Modell abgelegt wurden. Trainieren Sie neu, oder kalibrieren Sie "
    "neu; dann zeigen die Seiten, wie gut das Modell ist.",
)
DAMAGED_TITLE = Text("The measurements cannot be read", "Die Messwerte sind nicht lesbar")
DAMAGED_HELP = Text(
    "The file with them is not the one that was written. Scoring goes on. Fetch the version again by promoting it.",
    "Die Datei ist nicht die, die geschrieben wurde. Die Bewertung läuft weiter. Holen Sie die Version neu, indem Sie "
    "sie noch einmal freigeben.",
)
MEASURED_ON = Text(
    "Measured on {leads} leads that the model never learned from; {rate} became customers in time, counted over the "
    "moments at which they were looked at.",
    "Gemessen an {leads} Leads, an denen das Modell nicht gelernt hat; {rate} wurden rechtzeitig Kunden, gezählt über "
    "die Zeitpunkte, zu denen sie betrachtet wurden.",
)
MEASURED_FROM = Text("They came in from {since} to {until}.", "Sie kamen vom {since} bis zum {until} herein.")

IN_SHORT = Text("In short", "Kurz gesagt")
TOP_TENTH = Text("Top tenth of the leads", "Oberstes Zehntel der Leads")
TOP_TENTH_VALUE = Text("{hits} of the customers", "{hits} der Kunden")
TOP_TENTH_NOTE = Text("{lift} times as many as by chance", "das {lift}-Fache des Zufalls")
ORDER = Text("Right order", "Richtige Reihenfolge")
ORDER_NOTE = Text(
    "of 100 pairs of a customer and another lead; 50 is chance ({low} to {high})",
    "von 100 Paaren aus einem Kunden und einem anderen Lead; 50 ist Zufall ({low} bis {high})",
)
LEVEL = Text("Customers seen for 100 expected", "Beobachtete Kunden auf 100 erwartete")
LEVEL_FINE = Text(
    "as many as said, within chance ({low} to {high})", "so viele wie gesagt, im Rahmen des Zufalls ({low} bis {high})"
)
LEVEL_OFF = Text(
    "more or fewer than chance explains ({low} to {high})",
    "mehr oder weniger, als der Zufall erklärt ({low} bis {high})",
)

APART = Text(
    "It tells later customers from other leads better than chance.",
    "Es unterscheidet spätere Kunden besser als der Zufall von anderen Leads.",
)
NOT_APART = Text(
    "It could not be shown to tell later customers from other leads better than chance: do not choose leads by it.",
    "Dass es spätere Kunden besser als der Zufall von anderen Leads unterscheidet, ließ sich nicht zeigen: Wählen Sie "
    "damit keine Leads aus.",
)
BETTER = Text(
    "It predicts better than the {rival}, beyond chance.", "Es sagt besser vorher als {rival}, und das nicht zufällig."
)
WORSE = Text(
    "It predicts worse than the {rival}, beyond chance.",
    "Es sagt schlechter vorher als {rival}, und das nicht zufällig.",
)
UNDECIDED = Text(
    "Whether it predicts better than the {rival} cannot be told from {leads} leads with {positives} customers.",
    "Ob es besser vorhersagt als {rival}, lässt sich an {leads} Leads mit {positives} Kunden nicht sagen.",
)
NOT_COMPARED = Text(
    "It was compared with nobody: too few customers were held out.",
    "Es wurde mit niemandem verglichen: Zu wenige Kunden waren zurückgehalten.",
)
LEVEL_SENTENCE_FINE = Text(
    "Its probabilities agree with what became of the leads.",
    "Die Wahrscheinlichkeiten stimmen mit dem überein, was aus den Leads wurde.",
)
LEVEL_SENTENCE_OFF = Text(
    "Its probabilities are off as a whole: read them as a ranking, and give the model a new calibration.",
    "Die Wahrscheinlichkeiten liegen insgesamt daneben: Lesen Sie sie als Rangfolge, und kalibrieren Sie neu.",
)

RANKING = Text("Which leads come first", "Welche Leads zuerst kommen")
GAIN = Text("Customers found (gain)", "Gefundene Kunden (Gain)")
GAIN_HELP = Text(
    "Go up from a share of the leads: so many of the later customers are among them. The further above the dashed "
    "line, the better.",
    "Von einem Anteil der Leads nach oben gelesen: So viele der späteren Kunden sind darunter. Je weiter über der "
    "gestrichelten Linie, desto besser.",
)
GAIN_ALT = Text(
    "The top 20 % of the leads hold {hits} of the later customers.",
    "Die obersten 20 % der Leads enthalten {hits} der späteren Kunden.",
)
LIFT = Text("Times as many as by chance (lift)", "Vielfaches des Zufalls (Lift)")
LIFT_HELP = Text(
    "Customers among the top leads over those among as many leads chosen by chance: 2 means twice as many.",
    "Kunden unter den obersten Leads im Verhältnis zu gleich vielen zufällig gewählten: 2 heißt doppelt so viele.",
)
LIFT_ALT = Text(
    "The top 20 % of the leads have a lift of {lift}.", "Die obersten 20 % der Leads haben einen Lift von {lift}."
)
SHARE_OF_LEADS = Text("share of the leads, the most probable first", "Anteil der Leads, die wahrscheinlichsten zuerst")
CUSTOMERS_AMONG = Text("later customers among them", "spätere Kunden darunter")
LIFT_AXIS = Text("lift", "Lift")
BY_CHANCE = Text("by chance", "zufällig")

CALIBRATION = Text("Can the probabilities be taken at their word?", "Sind die Wahrscheinlichkeiten wörtlich zu nehmen?")
CURVE = Text("What was said, and what became of it", "Was gesagt wurde und was daraus wurde")
CURVE_HELP = Text(
    "On the dashed line the probabilities are true. The band holds the whole true curve with 95 %; where the dashed "
    "line leaves it, they are off.",
    "Auf der gestrichelten Linie stimmen die Wahrscheinlichkeiten. Das Band enthält die ganze wahre Kurve mit 95 %; wo "
    "die gestrichelte Linie es verlässt, stimmen sie nicht.",
)
CURVE_ALT = Text("{seen} customers were seen for 100 expected.", "Auf 100 erwartete kamen {seen} beobachtete Kunden.")
SAID = Text("probability", "Wahrscheinlichkeit")
SEEN = Text("became customers", "wurden Kunden")
PERFECT = Text("perfect", "perfekt")
BAND = Text("95 % band", "95-%-Band")
BAND_LOW = Text("95 % band, lower edge", "95-%-Band, unterer Rand")
BAND_HIGH = Text("95 % band, upper edge", "95-%-Band, oberer Rand")

COMPARISON = Text("Against the rules and others", "Gegen die Regeln und andere")
COMPARISON_HELP = Text(
    "All on the same leads. Log-loss and Brier score are the price of wrong probabilities, lower is better; ROC-AUC is "
    "how often the customer stands higher in a pair (0.5 is chance).",
    "Alle bei denselben Leads. Log-Loss und Brier sind der Preis falscher Wahrscheinlichkeiten, weniger ist besser; "
    "ROC-AUC sagt, wie oft der Kunde in einem Paar höher steht (0,5 ist Zufall).",
)
FIGURES = (
    Text("Who", "Wer"), Text("log-loss", "Log-Loss"), Text("ROC-AUC", "ROC-AUC"),
    Text("95 % interval", "95-%-Intervall"), Text("Brier score", "Brier"), Text("lift at 10 %", "Lift bei 10 %"),
)  # fmt: skip
GAINS = Text("What this model gains", "Was dieses Modell gewinnt")
GAINS_HELP = Text(
    "Above zero this model is better. Each end of the log-loss interval holds with {confidence} confidence, that of "
    "ROC-AUC with 95 % both together.",
    "Über null ist dieses Modell besser. Jedes Ende des Log-Loss-Intervalls gilt mit {confidence} Sicherheit, das von "
    "ROC-AUC mit 95 % für beide zusammen.",
)
GAIN_HEAD = (
    Text("Over", "Gegenüber"), Text("log-loss gained", "gewonnener Log-Loss"), Text("interval", "Intervall"),
    Text("ROC-AUC gained", "gewonnene ROC-AUC"), Text("95 % interval", "95-%-Intervall"),
)  # fmt: skip

REASONS = Text("What moves the scores", "Was die Scores bewegt")
REASONS_HELP = Text(
    "A reason is not a cause: to change what it measures need not change what becomes of the lead.",
    "Ein Grund ist keine Ursache: Wer ändert, was er misst, ändert damit nicht unbedingt, was aus dem Lead wird.",
)
NO_REASONS = Text(
    "No reason moves any score: all leads get the same.",
    "Kein Grund bewegt einen Score: Alle Leads bekommen denselben.",
)
SIZES = Text("Points of each reason, on average", "Punkte je Grund im Mittel")
SIZES_HELP = Text(
    "Mean distance from the average score, up or down.",
    "Mittlerer Abstand vom Durchschnittsscore, nach oben oder unten.",
)
SIZES_ALT = Text(
    "The strongest reason, {name}, moves scores by {points} points on average.",
    "Der stärkste Grund, {name}, bewegt Scores im Mittel um {points} Punkte.",
)
SWARM = Text("Every lead, reason by reason", "Jeder Lead, Grund für Grund")
SWARM_HELP = Text(
    "A dot is a lead. Right of zero the reason raised its score, left it lowered it.",
    "Ein Punkt ist ein Lead. Rechts der Null hob der Grund seinen Score, links senkte er ihn.",
)
POINTS_AXIS = Text("points added or taken", "Punkte dazu oder ab")
REASON = Text("Reason", "Grund")
MEAN_POINTS = Text("mean points", "Punkte im Mittel")
SHARE = Text("share", "Anteil")
WORKS = Text("how it works", "wie er wirkt")
LOW_VALUE = Text("low value", "niedriger Wert")
MIDDLE_VALUE = Text("middle value", "mittlerer Wert")
HIGH_VALUE = Text("high value", "hoher Wert")
NO_ORDER = Text("category or not known", "Kategorie oder nicht bekannt")
ALONG = Text("{name}, along its value", "{name}, nach dem Wert")
ALONG_HELP = Text(
    "Points that this reason adds or takes for each value; leads with the same value differ because of what else is "
    "known of them.",
    "Punkte, die dieser Grund je nach Wert dazugibt oder abzieht; Leads mit gleichem Wert unterscheiden sich durch "
    "das, was sonst von ihnen bekannt ist.",
)
ALONG_HELP_MEAN = Text(
    "Mean points of the leads with each value.", "Mittlere Punkte der Leads mit dem jeweiligen Wert."
)
LEADS = Text("leads", "Leads")
VALUE_RANGE = Text("{low} to {high}", "{low} bis {high}")
NOT_KNOWN = Text("not known", "nicht bekannt")

STABILITY = Text("Is it the same over time?", "Bleibt es über die Zeit gleich?")
NO_TIME = Text(
    "Nothing in the history says which lead is older, so nothing can be said about time.",
    "Aus der Historie geht nicht hervor, welcher Lead älter ist; über die Zeit lässt sich nichts sagen.",
)
PERIODS = Text("Said and seen, by when the leads came in", "Gesagt und beobachtet, nach Eingang der Leads")
PERIODS_HELP = Text(
    "The band is the 95 % interval of what became of the leads of each period. Where the line lies within, what was "
    "said came true.",
    "Das Band ist das 95-%-Intervall dessen, was aus den Leads eines Zeitraums wurde. Wo die Linie darin liegt, ist "
    "eingetroffen, was gesagt wurde.",
)
PERIODS_FINE = Text(
    "In all {n} periods the share of customers agrees with the probabilities, within chance.",
    "In allen {n} Zeiträumen stimmt der Anteil der Kunden mit den Wahrscheinlichkeiten überein, im Rahmen des Zufalls.",
)
PERIODS_OFF = Text(
    "In {off} of {n} periods the mean probability lies outside the interval; one in twenty does by chance alone.",
    "In {off} von {n} Zeiträumen liegt die mittlere Wahrscheinlichkeit außerhalb des Intervalls; bei einem von zwanzig "
    "geschieht das allein durch Zufall.",
)
PERIOD = Text("period", "Zeitraum")
SHARE_AXIS = Text("share of the leads", "Anteil der Leads")
MEAN_SAID = Text("mean probability", "mittlere Wahrscheinlichkeit")

DRIFT = Text("Are leads still alike?", "Sind die Leads noch wie früher?")
DRIFT_AT = Text("Looked at on {day}, of version {version}.", "Geprüft am {day}, für Version {version}.")
DRIFT_OTHER = Text(
    "That was another version than the one that serves now.", "Das war eine andere Version als die, die jetzt bewertet."
)
NO_DRIFT = Text(
    "Nobody has looked yet. Run this once a week; it compares newer leads and outcomes with those of then.",
    "Bisher hat niemand nachgesehen. Rufen Sie dies einmal in der Woche auf; es vergleicht neuere Leads und Ergebnisse "
    "mit denen von damals.",
)
DRIFT_LAST = Text(
    "Shown is what leadscore monitor found when it last ran, {days} ago; the page does not look by itself.",
    "Gezeigt wird, was leadscore monitor beim letzten Lauf vor {days} fand; die Seite sieht nicht selbst nach.",
)
DRIFT_TODAY = Text(
    "Shown is what leadscore monitor found when it last ran, today; the page does not look by itself.",
    "Gezeigt wird, was leadscore monitor beim letzten Lauf heute fand; die Seite sieht nicht selbst nach.",
)
ONE_DAY = Text("a day", "einem Tag")
DAYS = Text("{count} days", "{count} Tagen")
DRIFT_OLD = Text(
    "That is more than a week ago, or of another version: look again.",
    "Das ist mehr als eine Woche her oder betrifft eine andere Version: Sehen Sie neu nach.",
)
STANDINGS = {
    "fine": Text("fine", "in Ordnung"), "alarm": Text("alarm", "Alarm"), "unknown": Text("not known", "nicht bekannt"),
}  # fmt: skip
QUESTIONS = {
    "schema": Text("Columns", "Spalten"), "features": Text("What leads are like", "Wie die Leads sind"),
    "score": Text("Scores", "Scores"), "volume": Text("Volume", "Menge"), "level": Text("Level", "Niveau"),
    "estimate": Text("Estimate", "Schätzung"), "certificate": Text("Certificate", "Zertifikat"),
}  # fmt: skip
SHIFTS = Text("The features that moved most (PSI)", "Die Merkmale, die sich am meisten bewegt haben (PSI)")
SHIFT_HEAD = (
    Text("Feature", "Merkmal"), Text("index (PSI)", "Index (PSI)"),
    Text("chance alone, at most", "allein durch Zufall, höchstens"),
)  # fmt: skip

VERSIONS = Text("Versions", "Versionen")
VERSIONS_HELP = Text(
    "Kept on this machine. Log-loss and ROC-AUC of different versions are of different leads: compare them with "
    "leadscore compare.",
    "Auf diesem Rechner abgelegt. Log-Loss und ROC-AUC verschiedener Versionen stammen von verschiedenen Leads: "
    "Vergleichen Sie sie mit leadscore compare.",
)
NO_VERSIONS = Text("There is no version yet.", "Es gibt noch keine Version.")
VERSION = Text("Version", "Version")
TRAINED_AT = Text("trained", "trainiert")
RECALIBRATED = Text("recalibrated", "neu kalibriert")
SINCE = Text("last came to serve", "zuletzt in Einsatz gekommen")
DECIDED = Text("{day} by {by}", "{day} durch {by}")
NOW = Text("serves", "im Einsatz")
WHYS = {
    "passed the gate": Text("passed the gate", "Freigabeprüfung bestanden"),
    "the alias champion was moved in the registry": Text(
        "the alias champion was moved in the registry", "der Alias champion wurde im Register umgesetzt"
    ),
}
"""What leadscore itself gives as its reason; people's own words stand as they wrote them."""
REASON_FIELD = Text("Why", "Grund")
REASON_HELP = Text("kept in the audit log and in MLflow", "steht im Änderungsprotokoll und in MLflow")
PROMOTE = Text("Let it serve", "In Einsatz nehmen")
CHOOSE = Text("Let another version serve", "Andere Version in Einsatz nehmen")
ROLL_BACK = Text("Back to version {version}", "Zurück zu Version {version}")
ROLL_BACK_TITLE = Text("Undo the last change", "Letzte Änderung zurücknehmen")
WHO_DECIDES = Text(
    "Data scientists and administrators decide which version serves.",
    "Welche Version im Einsatz ist, entscheiden Data Science und Administration.",
)
GIVE_A_REASON = Text(
    "Say why, so that others can follow the decision.",
    "Geben Sie einen Grund an, damit andere die Entscheidung nachvollziehen können.",
)
MLFLOW = Text("The training run in MLflow", "Der Trainingslauf in MLflow")
MLFLOW_LOCAL = Text(
    "Runs are in the workspace's MLflow database; this shows them:",
    "Die Läufe stehen in der MLflow-Datenbank des Arbeitsbereichs; so sehen Sie sie:",
)
NO_SUCH_VERSION = Text("This version is not kept here.", "Diese Version ist hier nicht abgelegt.")
OF_THE_LIST = Text("a version of the list.", "eine Version der Liste.")
CHOOSE_ONE = Text("Choose one of the list.", "Wählen Sie eine der Liste.")
DONE_BUT = Text("It was done, but not wholly. {why}", "Es wurde ausgeführt, aber nicht ganz. {why}")
DAMAGED = Text(
    "The version's files are damaged or not complete ({detail}). Train again, or fetch them anew.",
    "Die Dateien der Version sind beschädigt oder nicht vollständig ({detail}). Trainieren Sie neu, oder holen Sie sie "
    "noch einmal.",
)
NOT_USABLE = Text(
    "Something in the workspace is in the way ({detail}). Whoever runs the service can mend it.",
    "Im Arbeitsbereich stimmt etwas nicht ({detail}). Wer den Dienst betreibt, kann es beheben.",
)
NOT_DONE = Text(
    "It was not done, and what serves goes on. {why}", "Es wurde nicht ausgeführt; was im Einsatz ist, bleibt es. {why}"
)
