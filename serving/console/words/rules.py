"""The fallback's rules."""

from __future__ import annotations

from features.domain import Text

TITLE = Text("Rules", "Regeln")
INTRO_MODEL = Text(
    "These rules answer whenever no trustworthy model can, and a model must beat them before it serves. At present a "
    "model answers.",
    "Diese Regeln antworten, wenn kein vertrauenswürdiges Modell es kann, und ein Modell muss sie schlagen, bevor es "
    "antwortet. Zurzeit antwortet ein Modell.",
)
INTRO_RULES = Text(
    "These rules answer whenever no trustworthy model can, and a model must beat them before it serves. At present "
    "they answer: a change holds for every lead from its next score on.",
    "Diese Regeln antworten, wenn kein vertrauenswürdiges Modell es kann, und ein Modell muss sie schlagen, bevor es "
    "antwortet. Zurzeit antworten sie: Eine Änderung gilt für jeden Lead ab seinem nächsten Score.",
)
SCALE = Text(
    "50 points make an MQL, 75 an SQL; 12.5 points mean doubled odds. A lead of which nothing is known has {base} "
    "points.",
    "50 Punkte machen einen MQL, 75 einen SQL; 12,5 Punkte verdoppeln die Chance. Ein Lead, von dem nichts bekannt "
    "ist, hat {base} Punkte.",
)
NOTICES = {
    "saved": Text(
        "Saved. All workers answer by the new rules within seconds. A probability is given again after the next "
        "training run.",
        "Gespeichert. Binnen Sekunden antworten alle Prozesse nach den neuen Regeln. Eine Wahrscheinlichkeit gibt es "
        "wieder nach dem nächsten Training.",
    ),
    "removed": Text("Removed. It can be undone below.", "Entfernt. Unten lässt es sich rückgängig machen."),
    "restored": Text("The earlier version is in force again.", "Die frühere Fassung gilt wieder."),
}
GROUPS = {
    "fit": Text("Who the lead is", "Wer der Lead ist"),
    "engagement": Text("What the lead does", "Was der Lead tut"),
}
RULE = Text("Rule", "Regel")
WHEN = Text("Holds when", "Gilt, wenn")
POINTS = Text("Points", "Punkte")
EACH = Text("{points} each, at most {most}", "je {points}, höchstens {most}")
GROUP = Text("Group", "Gruppe")
LIMITS = Text("Limits: {limits}", "Grenzen: {limits}")
AT_MOST = Text("“{group}” at most {points}", "„{group}“ höchstens {points}")
AT_LEAST = Text("“{group}” at least {points}", "„{group}“ mindestens {points}")
MODEL_GIVES = Text("The model gives", "Das Modell gibt")
MODEL_FROM = Text("{holds} of {of} leads", "{holds} von {of} Leads")
CHANGE = Text("Change", "Ändern")
CHANGE_RULE = Text("Change: {rule}", "Ändern: {rule}")
NEW = Text("New rule", "Neue Regel")
COMPARE = Text("Compare with the model", "Mit dem Modell vergleichen")
COMPARE_HELP = Text(
    "How many points more the model gives, on average, to leads for which the rule holds than to the others, for the "
    "same attribute or activity, among the {count} leads scored last. It is a suggestion: the model sees more at once "
    "than one rule. Nothing stands where a rule asks several things or has been seen too seldom.",
    "Wie viele Punkte das Modell den Leads, für die die Regel gilt, im Mittel mehr gibt als den übrigen, für dasselbe "
    "Merkmal oder dieselbe Aktivität, unter den {count} zuletzt bewerteten Leads. Das ist ein Vorschlag: Das Modell "
    "sieht mehr auf einmal als eine Regel. Nichts steht dort, wo eine Regel mehreres fragt oder zu selten vorkam.",
)
NO_WEIGHTS = Text(
    "There is nothing to compare with: none of the leads scored last was scored by a model. Train one, then their "
    "scores will tell.",
    "Es gibt nichts zu vergleichen: Keinen der zuletzt bewerteten Leads hat ein Modell bewertet. Trainieren Sie eines, "
    "dann sagen es die Scores.",
)
EMPTY_TITLE = Text("There are no rules yet", "Noch gibt es keine Regeln")
EMPTY_HELP = Text(
    "Without rules every lead has the same score while no model answers. Begin with what your best customers have in "
    "common, or let leadscore draft rules from your history.",
    "Ohne Regeln hat jeder Lead denselben Score, solange kein Modell antwortet. Beginnen Sie mit dem, was Ihre besten "
    "Kunden gemeinsam haben, oder lassen Sie leadscore Regeln aus Ihrer Historie entwerfen.",
)

HISTORY = Text("Versions", "Fassungen")
VERSION = Text("Version", "Fassung")
WHEN_CHANGED = Text("When", "Wann")
WHO = Text("Who", "Wer")
WHAT = Text("What", "Was")
KINDS = {
    "added": Text("new: {subject}", "neu: {subject}"),
    "changed": Text("changed: {subject}", "geändert: {subject}"),
    "removed": Text("removed: {subject}", "entfernt: {subject}"),
    "restored": Text("version {subject} restored", "Fassung {subject} wiederhergestellt"),
    "found": Text("as the file was found", "wie die Datei vorgefunden wurde"),
}
RESTORE = Text("Restore", "Wiederherstellen")
RESTORE_VERSION = Text("Restore version {version}", "Fassung {version} wiederherstellen")
IN_FORCE = Text("in force", "gilt")
NO_HISTORY = Text(
    "Nothing has been changed here yet. Each change will stand here with its author, and can be undone.",
    "Hier wurde noch nichts geändert. Jede Änderung wird hier mit Namen stehen und lässt sich rückgängig machen.",
)
CHANGED_BY_HAND = Text(
    "rules.yaml was changed in an editor since the last version below.",
    "rules.yaml wurde seit der letzten Fassung unten in einem Editor geändert.",
)

EDIT_TITLE = Text("Change a rule", "Regel ändern")
NEW_TITLE = Text("New rule", "Neue Regel")
BACK = Text("All rules", "Alle Regeln")
IN_FILE = Text("In rules.yaml it is called {rule}.", "In rules.yaml heißt sie {rule}.")
SENTENCE = Text("What its reason says", "Was als Grund dasteht")
TEXT_EN = Text("In English", "Auf Englisch")
TEXT_DE = Text("In German", "Auf Deutsch")
TEXT_HELP = Text(
    "People read it beside the points. {value} stands for what was seen.",
    "Das liest man neben den Punkten. {value} steht für den gesehenen Wert.",
)
ABOUT = Text("What the rule is about", "Worum es in der Regel geht")
ATTRIBUTES = Text("Who the lead is", "Wer der Lead ist")
EVENTS = Text("What the lead does", "Was der Lead tut")
CHOOSE = Text("Choose …", "Bitte wählen …")
FACTS = {
    "seniority": Text("Level of the job title (1 to 8)", "Ebene der Position (1 bis 8)"),
    "function": Text("Function of the job title", "Funktion der Position"),
    "email_kind": Text("Kind of e-mail address", "Art der E-Mail-Adresse"),
}
SUBJECT = Text("Attribute or activity", "Merkmal oder Aktivität")
COMPARISON = Text("Its value", "Sein Wert")
QUESTION = Text("For an attribute: which values", "Bei einem Merkmal: welche Werte")
QUESTIONS = {
    "one_of": Text("is one of the values", "ist einer der Werte"),
    "range": Text("lies between from and below", "liegt zwischen ab und unter"),
    "contains": Text("contains one of the texts", "enthält einen der Texte"),
    "filled": Text("is filled in", "ist ausgefüllt"),
    "empty": Text("is not filled in", "ist nicht ausgefüllt"),
}
VALUES = Text("Values or texts, with commas between", "Werte oder Texte, durch Kommas getrennt")
LOW = Text("From", "Ab")
HIGH = Text("Below", "Unter")
EVENT_PART = Text("For an activity: how often and when", "Bei einer Aktivität: wie oft und wann")
WITHIN_DAYS = Text("Within so many days", "Innerhalb von so vielen Tagen")
AT_LEAST_TIMES = Text("At least so many times", "Mindestens so oft")
HALF_LIFE = Text("Worth half after so many days", "Halb so viel wert nach so vielen Tagen")
GIVES = Text("What it gives", "Was sie gibt")
POINTS_HELP = Text(
    "Negative points are allowed. With a maximum, the points count for each activity, together no more than that.",
    "Negative Punkte sind erlaubt. Mit einem Höchstwert zählen die Punkte für jede Aktivität, zusammen nicht mehr als "
    "das.",
)
LEVELS = Text("Levels: {all}.", "Ebenen: {all}.")
FUNCTIONS = Text("Functions: {all}.", "Funktionen: {all}.")
KINDS_OF_ADDRESS = Text("Kinds of address: {all}.", "Arten von Adressen: {all}.")
MAX_POINTS = Text("At most, over all activities", "Höchstens, über alle Aktivitäten")
GROUP_USUAL = Text("as usual", "wie üblich")
FIXED_HELP = Text(
    "This rule asks more than the form can show. Its conditions stay as they are; they are changed in rules.yaml.",
    "Diese Regel fragt mehr, als das Formular zeigen kann. Ihre Bedingungen bleiben, wie sie sind; geändert werden sie "
    "in rules.yaml.",
)
TRY = Text("Try it out on the leads", "An den Leads ausprobieren")
TRY_HELP = Text("Nothing is saved yet.", "Dabei wird noch nichts gespeichert.")
REMOVE = Text("Remove this rule", "Diese Regel entfernen")
SAVE = Text("Save", "Speichern")
SAVE_REMOVE = Text("Remove it", "Entfernen")
ERROR_TITLE = Text("This cannot be saved", "Das lässt sich nicht speichern")
FIELD = Text("Field", "Feld")
NOTHING = Text("nothing", "nichts")
GIVEN = Text("Found", "Gefunden")
EXPECTED = Text("Expected", "Erwartet")
REMEDY = Text("What to do", "Was zu tun ist")

TRIED_TITLE = Text("What would change", "Was sich ändern würde")
TRIED_REMOVE = Text("What would change without this rule", "Was sich ohne diese Regel ändern würde")
TRIED = Text(
    "Tried on the leads that were scored last ({tried}). By the rules, in another stage: {stage}; with another score: "
    "{score}.",
    "Ausprobiert an den zuletzt bewerteten Leads ({tried}). Nach den Regeln in einer anderen Phase: {stage}; mit einem "
    "anderen Score: {score}.",
)
TRIED_NONE = Text(
    "No lead has been scored yet, so there is nothing to try it out on. It can be saved all the same.",
    "Noch wurde kein Lead bewertet; es gibt also nichts, woran man es ausprobieren kann. Speichern lässt es sich "
    "trotzdem.",
)
TRIED_NOTHING = Text("No score would change.", "Kein Score würde sich ändern.")
MODEL_ANSWERS = Text(
    "This compares rules with rules. While a model answers, leads keep the stages that it gave them.",
    "Hier werden Regeln mit Regeln verglichen. Solange ein Modell antwortet, behalten Leads ihre Phasen aus dem "
    "Modell.",
)
MOVES = Text("From stage to stage", "Von Phase zu Phase")
FROM_TO = Text("{before} to {after}", "{before} zu {after}")
LEADS = Text("Leads", "Leads")
LEAD = Text("Lead", "Lead")
BEFORE = Text("As it is", "Wie es ist")
AFTER = Text("As it would be", "Wie es wäre")
SOME_LEADS = Text("Those that change most", "Die größten Änderungen")
EXAMPLE = Text("An example", "Ein Beispiel")
EXAMPLE_LEAD = Text("Lead {lead}", "Lead {lead}")
SCORE_STAGE = Text("score {score}, {stage}", "Score {score}, {stage}")
