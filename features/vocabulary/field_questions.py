"""How to ask a lead for what is missing."""

from __future__ import annotations

from features.domain import Text
from features.vocabulary.spelling import slug

_QUESTIONS: tuple[tuple[str, Text], ...] = (
    (
        "employees employee_count number_of_employees company_size headcount mitarbeiter mitarbeiterzahl",
        Text("How many people work at the company?", "Wie viele Menschen arbeiten im Unternehmen?"),
    ),
    ("industry sector branche", Text("Which industry is the company in?", "In welcher Branche ist das Unternehmen?")),
    (
        "job_title title position role jobtitle position_title funktion",
        Text("What is the lead's role in the company?", "Welche Rolle hat der Lead im Unternehmen?"),
    ),
    ("country land", Text("Which country is the company in?", "In welchem Land sitzt das Unternehmen?")),
    ("need needs bedarf", Text("What does the lead need a solution for?", "Wofür braucht der Lead eine Lösung?")),
    ("budget", Text("Which budget is there?", "Welches Budget ist vorhanden?")),
    (
        "authority decision_maker decision_role entscheider",
        Text("Who decides on the purchase?", "Wer entscheidet über den Kauf?"),
    ),
    ("timeline timeframe timing purchase_timeline", Text("When is a decision due?", "Wann soll entschieden werden?")),
    (
        "consent marketing_consent opt_in einwilligung",
        Text("Does the lead consent to being contacted?", "Willigt der Lead ein, kontaktiert zu werden?"),
    ),
    ("email e_mail email_address", Text("What is the lead's e-mail address?", "Wie lautet die E-Mail-Adresse?")),
    ("phone phone_number telephone telefon", Text("What is the lead's phone number?", "Wie lautet die Telefonnummer?")),
    (
        "website company_website web_site domain",
        Text("What is the company's website?", "Wie lautet die Website des Unternehmens?"),
    ),
    (
        "annual_revenue revenue umsatz jahresumsatz",
        Text("What is the company's annual revenue?", "Wie hoch ist der Jahresumsatz des Unternehmens?"),
    ),
)

_BY_NAME = {name: text for names, text in _QUESTIONS for name in names.split()}


def field_question(name: str) -> Text:
    """Return the question that asks for a field; one without a question of its own is asked for by name.

    Examples
    --------
    >>> field_question("Employees").de
    'Wie viele Menschen arbeiten im Unternehmen?'
    >>> field_question("sub_industry").en
    'Ask for: sub industry'
    """
    known = _BY_NAME.get(slug(name))
    if known is not None:
        return known
    readable = " ".join(name.replace("_", " ").split())
    return Text(f"Ask for: {readable}", f"Erfragen: {readable}")
