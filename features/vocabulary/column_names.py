"""What the usual columns of a CRM are called in English and German.

A company's own word stays in the language that it is of; the other language gets the usual word.
"""

from __future__ import annotations

from features.domain import Text
from features.vocabulary.spelling import slug

_NAMES: tuple[tuple[str, str, Text], ...] = (
    (
        "employees employee_count number_of_employees headcount", "mitarbeiter mitarbeiterzahl",
        Text("Employees", "Mitarbeiterzahl"),
    ),
    ("company_size", "firmengroesse unternehmensgroesse", Text("Company size", "Unternehmensgröße")),
    ("industry sector", "branche", Text("Industry", "Branche")),
    ("job_title", "berufsbezeichnung", Text("Job title", "Berufsbezeichnung")),
    ("position_title", "", Text("Position", "Position")),
    ("role job_function", "funktion", Text("Role", "Funktion")),
    ("department", "abteilung", Text("Department", "Abteilung")),
    ("seniority", "hierarchiestufe", Text("Seniority", "Hierarchiestufe")),
    ("occupation job", "beruf", Text("Occupation", "Beruf")),
    ("country", "land", Text("Country", "Land")),
    ("state", "bundesland", Text("State", "Bundesland")),
    ("city town", "ort stadt", Text("City", "Ort")),
    ("zip zip_code postal_code postcode", "plz postleitzahl", Text("Postal code", "Postleitzahl")),
    ("language", "sprache", Text("Language", "Sprache")),
    ("annual_revenue", "jahresumsatz", Text("Annual revenue", "Jahresumsatz")),
    ("revenue", "umsatz", Text("Revenue", "Umsatz")),
    ("email e_mail", "", Text("Email", "E-Mail")),
    ("email_address", "e_mail_adresse", Text("Email address", "E-Mail-Adresse")),
    ("phone phone_number telephone", "telefon telefonnummer", Text("Phone number", "Telefonnummer")),
    ("web_site company_website", "webseite", Text("Website", "Website")),
    ("first_name firstname given_name forename", "vorname", Text("First name", "Vorname")),
    ("last_name lastname family_name surname", "nachname", Text("Last name", "Nachname")),
    ("name full_name", "", Text("Name", "Name")),
    ("company company_name", "firma unternehmen", Text("Company", "Unternehmen")),
    ("source lead_source", "herkunft quelle", Text("Source", "Herkunft")),
    ("origin lead_origin", "ursprung", Text("Origin", "Ursprung")),
    ("channel", "kanal", Text("Channel", "Kanal")),
    ("campaign", "kampagne", Text("Campaign", "Kampagne")),
    ("page", "seite", Text("Page", "Seite")),
    ("seconds", "sekunden", Text("Seconds", "Sekunden")),
    ("minutes", "minuten", Text("Minutes", "Minuten")),
    ("landing_page", "landingpage", Text("Landing page", "Landingpage")),
    ("need needs", "bedarf", Text("Need", "Bedarf")),
    ("authority decision_maker", "entscheider", Text("Decision maker", "Entscheider")),
    ("timeline timeframe timing purchase_timeline", "zeitrahmen", Text("Time frame", "Zeitrahmen")),
    ("consent marketing_consent opt_in", "einwilligung", Text("Consent", "Einwilligung")),
    ("product product_interest", "produkt produktinteresse", Text("Product", "Produkt")),
    ("founded founded_at", "gruendung gruendungsdatum", Text("Founded", "Gründung")),
    ("age", "alter", Text("Age", "Alter")),
)  # fmt: skip

_OF_ENGLISH = {name: text for english, _, text in _NAMES for name in english.split()}
_OF_GERMAN = {name: text for _, german, text in _NAMES for name in german.split()}


def column_name(name: str) -> Text:
    """Return what a column is called in both languages; a name that is not a usual one stands in both as it is.

    Examples
    --------
    >>> column_name("lead_source"), column_name("Branche")
    (Text(en='Lead source', de='Herkunft'), Text(en='Industry', de='Branche'))
    >>> column_name("annual_contract_value").de
    'Annual contract value'
    """
    readable, known = plain_name(name), slug(name)
    if known in _OF_ENGLISH:
        return Text(readable, _OF_ENGLISH[known].de)
    if known in _OF_GERMAN:
        return Text(_OF_GERMAN[known].en, readable)
    return Text.same(readable)


def plain_name(name: str) -> str:
    """Return a column's name as it begins a sentence: ``annual_revenue`` as ``Annual revenue``."""
    readable = " ".join(name.replace("_", " ").split())
    return readable[:1].upper() + readable[1:]


def within_sentence(called: Text) -> Text:
    """Return what a column is called as it reads within a sentence: an English word's first letter in lower case.

    Examples
    --------
    >>> within_sentence(column_name("job_title"))
    Text(en='job title', de='Berufsbezeichnung')
    >>> within_sentence(column_name("BANT score")).en
    'BANT score'
    """
    is_word = called.en[1:].replace(" ", "").islower()
    return Text(called.en[:1].lower() + called.en[1:] if is_word else called.en, called.de)
