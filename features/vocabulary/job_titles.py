"""Job titles in German and English as seniority and function."""

from __future__ import annotations

import re
from functools import lru_cache

from features.domain import Text
from features.vocabulary.spelling import words

SENIORITY: tuple[Text, ...] = (
    Text("intern or trainee", "Praktikum oder Ausbildung"),
    Text("assistant or junior", "Assistenz oder Sachbearbeitung"),
    Text("professional", "Fachkraft"),
    Text("senior or team lead", "Senior oder Teamleitung"),
    Text("manager", "Abteilungsleitung"),
    Text("director", "Bereichsleitung"),
    Text("vice president", "erweiterte Geschäftsleitung"),
    Text("executive", "Geschäftsführung"),
)
"""What each level is called; level 1 is the first."""

FUNCTIONS: dict[str, Text] = {
    "sales": Text("sales", "Vertrieb"),
    "marketing": Text("marketing", "Marketing"),
    "purchasing": Text("purchasing", "Einkauf"),
    "people": Text("human resources", "Personal"),
    "it": Text("IT", "IT"),
    "finance": Text("finance", "Finanzen"),
    "engineering": Text("engineering", "Entwicklung und Technik"),
    "operations": Text("operations", "Betrieb und Produktion"),
    "product": Text("product", "Produkt"),
    "legal": Text("legal", "Recht"),
    "service": Text("customer service", "Kundenservice"),
    "consulting": Text("consulting", "Beratung"),
    "research": Text("science and education", "Wissenschaft und Bildung"),
    "administration": Text("administration", "Verwaltung"),
    "management": Text("general management", "Unternehmensleitung"),
    "other": Text("other", "sonstige"),
}
"""What each function is called."""

# The first line that matches decides: an assistant to the board is an assistant, and a product manager leads no staff.
_LEVELS: tuple[tuple[int, str], ...] = (
    (2, r"assist\w* (?:to|of|der|des)|(?:executive|personal|management|team|vorstands|direktions)\s?assist\w*"),
    (2, r"\w*sekretaer\w*|secretary|office manag\w*|(?:chief )?of staff assist\w*"),
    (1, r"intern|internship|praktikant\w*|praktikum|werkstudent\w*|trainee\w*|azubi\w*|auszubildend\w*|apprentice\w*"),
    (1, r"(?:working )?student\w*|volontaer\w*|doktorand\w*|dual studierend\w*|schueler\w*"),
    (7, r"(?:senior |executive |group |first )?vice president|[ase]?vp|mitglied der geschaeftsleitung"),
    (3, r"(?:product|process|data|system) owner|business partner"),
    (8, r"c(?:eo|fo|oo|to|io|mo|ro|do|so|po|iso|hro|lo|co|ao|sco|xo)|chief [a-z& ]*officer|chief of staff"),
    (8, r"geschaeftsfuehr\w*|geschaeftsleit\w*|vorst(?:and|aende)\w*|\w+vorstand|managing (?:director|partner)"),
    (8, r"executive director|president|chair(?:man|woman|person)?|board member|general manager"),
    (8, r"owner|(?:co )?founder|(?:mit)?inhaber\w*|(?:mit)?gruender\w*|entrepreneur|(?:jung)?unternehmer(?:in)?"),
    (8, r"eigentuemer\w*|gesellschafter\w*|selbsts?taendig\w*|freiberufl\w*|self employed"),
    (6, r"head|director|directrice|direktor\w*|bereichsleit\w*|hauptabteilungsleit\w*|prokurist\w*|werks?leit\w*"),
    (6, r"standortleit\w*|niederlassungsleit\w*|partner(?:in)?|dean|dekan\w*"),
    (4, r"team\s?leit\w*|gruppenleit\w*|schichtleit\w*|projektleit\w*|team\s?lead\w*|supervisor"),
    (3, r"(?:account|product|project|program|programme|community|content|campaign|case|customer success) manag\w*"),
    (3, r"(?:produkt|projekt|prozess|kampagnen|social media)\s?manag\w*"),
    (5, r"\w*leit(?:er|ung|erin|erinnen)|leitend\w*|manager\w*|management|chef|chefin|meister(?:in)?"),
    (4, r"senior|sr|lead|principal|staff|expert\w*|\w*architekt\w*|architect|ober(?:arzt|aerztin)"),
    (2, r"assist\w*|junior|jr|\w*sachbearbeit\w*|clerk|coordinator|koordinator\w*|aushilfe|associate"),
    (2, r"receptionist|empfang\w*|buerokauf\w*|hilfskraft"),
)

# The function named first in the title counts: "Leiter Vertrieb und Marketing" is in sales.
_FUNCTIONS: dict[str, str] = {
    "sales": (
        r"sales|vertrieb\w*|verkauf\w*|verkaeuf\w*|account (?:manag\w*|executive)|key account\w*|"
        r"business develop\w*|cso|cro|aussendienst\w*|innendienst\w*|revenue|bdr|sdr"
    ),
    "marketing": (
        r"\w*marketing\w*|cmo|brand\w*|growth|seo|sea|social media|content|communications?|pr|public relations|"
        r"kommunikation\w*|oeffentlichkeitsarbeit|werbung|kampagnen\w*|campaigns?|demand gen\w*|presse\w*"
    ),
    "purchasing": (
        r"\w*einkauf\w*|\w*einkaeufer\w*|purchas\w*|procurement|buyer|sourcing|beschaffung\w*|cpo|"
        r"category manag\w*"
    ),
    "people": (
        r"hr|human resources?|personal(?!\s?assist)\w*|people|talent\w*|recruit\w*|chro|personnel|"
        r"ausbildungsleit\w*"
    ),
    "it": (
        r"it|edv|cio|ciso|cto|information (?:technology|security)|informatik\w*|informatiker\w*|"
        r"system\s?admin\w*|devops|software\w*|developer\w*|programmier\w*|web\s?develop\w*|entwickler\w*|data|"
        r"daten\w*|cyber\w*|security|cloud|digital\w*|cdo|administrator\w*|sre|machine learning|ai"
    ),
    "finance": (
        r"financ\w*|finanz\w*|cfo|account(?:ant|ing)\w*|buchhalt\w*|controlling|controller\w*|treasur\w*|tax|"
        r"steuer\w*|rechnungswesen|kaufmaennisch\w*|audit\w*|bank\w*|invest\w*"
    ),
    "engineering": (
        r"engineer\w*|ingenieur\w*|technik\w*|technisch\w*|technical|technology|r&d|research and development|"
        r"konstrukt\w*|entwicklung\w*|mechani\w*|elektr\w*|architekt\w*|architect|f&e|hardware"
    ),
    "operations": (
        r"operation\w*|coo|produktion\w*|production|fertigung\w*|manufactur\w*|logisti\w*|supply chain|"
        r"werks?leit\w*|werk|plant|lager\w*|quality|qualitaet\w*|facility|instandhalt\w*|maintenance|warehouse|"
        r"schicht\w*|betriebsleit\w*|lean"
    ),
    "product": r"produkt\w*|product|ux|ui|design\w*",
    "legal": (
        r"legal|recht\w*|jurist\w*|lawyer|attorney|counsel|anwalt\w*|rechtsanw\w*|compliance|datenschutz\w*|"
        r"privacy|justitiar\w*|justiziar\w*|clo|notar\w*"
    ),
    "service": r"customer (?:service|success|support|care|experience)|kunden\w*|support|service|helpdesk",
    "consulting": r"consult\w*|berat\w*|advisor\w*|adviser|unternehmensberat\w*",
    "research": (
        r"research\w*|forsch\w*|wissenschaft\w*|scientist|professor\w*|prof|lecturer|dozent\w*|teacher|"
        r"lehrer\w*|student\w*|doktorand\w*|schul\w*|bildung\w*|education|dean|dekan\w*|postdoc"
    ),
    "administration": (
        r"admin\w*|verwaltung\w*|office|buero\w*|sekretaer\w*|secretary|assist\w*|sachbearbeit\w*|clerk|"
        r"referent\w*|empfang\w*|receptionist"
    ),
    "management": (
        r"geschaeft\w*|\w*vorstand\w*|ceo|president|managing director|managing partner|general manager|owner|"
        r"(?:co )?founder|(?:mit)?inhaber\w*|(?:mit)?gruender\w*|entrepreneur|unternehmer\w*|prokurist\w*|"
        r"eigentuemer\w*|gesellschafter\w*|board|chair\w*|strategy|strategie\w*|unternehmensentwicklung|"
        r"bereichsleit\w*|niederlassungsleit\w*"
    ),
}


def _whole_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


_LEVEL_PATTERNS = tuple((level, _whole_words(pattern)) for level, pattern in _LEVELS)
_FUNCTION_PATTERN = _whole_words("|".join(f"(?P<{name}>{pattern})" for name, pattern in _FUNCTIONS.items()))


@lru_cache(maxsize=4096)
def seniority(title: str) -> float | None:
    """Return the level of a title from 1 (intern) to 8 (executive).

    A title without any word of rank is a professional's (3); one without any word at all has no level.

    Examples
    --------
    >>> seniority("Geschäftsführerin"), seniority("VP of Sales"), seniority("Assistenz der Geschäftsführung")
    (8.0, 7.0, 2.0)
    """
    plain = words(title)
    if not plain:
        return None
    for level, pattern in _LEVEL_PATTERNS:
        if pattern.search(plain):
            return float(level)
    return 3.0


@lru_cache(maxsize=4096)
def job_function(title: str) -> str | None:
    """Return what a title's holder works on, a key of :data:`FUNCTIONS`.

    A general word such as "management" or "assistant" gives way to a function named beside it.

    Examples
    --------
    >>> job_function("Leiter Einkauf"), job_function("CEO"), job_function("Kapitän")
    ('purchasing', 'management', 'other')
    """
    plain = words(title)
    if not plain:
        return None
    found = [match.lastgroup or "other" for match in _FUNCTION_PATTERN.finditer(plain)]
    special = [name for name in found if name not in {"management", "administration"}]
    return (special or found or ["other"])[0]
