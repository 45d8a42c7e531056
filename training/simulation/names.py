"""Invented names: people, companies and job titles in German and English.

Company domains lie under ``.example`` (reserved by RFC 2606, 1999), so that no real inbox is ever written to.
"""

from __future__ import annotations

FIRST_NAMES = (
    "Lena", "Jonas", "Mia", "Felix", "Anna", "Paul", "Sophie", "Lukas", "Emma", "Maximilian", "Clara", "Tim", "Laura",
    "Moritz", "Katharina", "Sebastian", "Julia", "Florian", "Franziska", "Tobias", "Sarah", "James", "Emily", "Oliver",
    "Grace", "Daniel", "Nina", "Stefan", "Petra", "Reto", "Ursina", "Ayşe", "Mehmet", "Giulia", "Marco", "Zoé",
)  # fmt: skip
LAST_NAMES = (
    "Müller", "Schmidt", "Huber", "Gruber", "Keller", "Brandt", "Vogel", "Lorenz", "Weiß", "Krüger", "Sommer", "Winter",
    "Bachmann", "Zimmermann", "Lindner", "Seidel", "Kaiser", "Frey", "Meier", "Steiner", "Baumann", "Hofer", "Walker",
    "Thompson", "Harris", "Cooper", "Yılmaz", "Rossi", "Novak", "Jansen", "Dietrich", "Engel", "Pohl", "Arnold",
)  # fmt: skip
COMPANY_BEGINNINGS = (
    "Nord", "Süd", "Rhein", "Elb", "Donau", "Alpen", "Hansa", "Berg", "See", "Stern", "Falken", "Linden", "Silber",
    "Kupfer", "Grün", "Blau", "Weit", "Klar", "Neu", "Alt", "Stadt", "Hoch", "Morgen", "Wald", "Feld",
)  # fmt: skip
COMPANY_MIDDLES = (
    "werk", "tal", "mark", "haus", "bach", "stein", "brück", "mühl", "hof", "land", "port", "wind", "kraft", "form",
    "netz", "gut", "ring", "bogen", "anker", "turm",
)  # fmt: skip
COMPANY_TRADES = (
    "Systeme", "Technik", "Logistik", "Software", "Maschinenbau", "Beratung", "Handel", "Energie", "Medien",
    "Solutions", "Services", "Consulting",
)  # fmt: skip
LEGAL_FORMS = ("GmbH", "GmbH & Co. KG", "AG", "SE", "Ltd", "e.K.")
FREE_MAIL_DOMAINS = ("gmail.com", "web.de", "gmx.de", "outlook.com", "t-online.de", "yahoo.com", "bluewin.ch", "gmx.at")

JOB_TITLES: dict[tuple[str, str], tuple[str, ...]] = {
    ("head", "marketing"): ("CMO", "Chief Marketing Officer", "Geschäftsführer Marketing"),
    ("head", "sales"): ("Chief Revenue Officer", "Geschäftsführerin Vertrieb", "CEO"),
    ("head", "it"): ("CTO", "CIO", "Chief Information Officer"),
    ("head", "operations"): ("COO", "Geschäftsführer", "Managing Director"),
    ("head", "finance"): ("CFO", "Kaufmännischer Geschäftsführer"),
    ("head", "hr"): ("CHRO", "Chief People Officer"),
    ("director", "marketing"): ("Marketingleiterin", "Head of Marketing", "Leiter Marketing", "VP Marketing"),
    ("director", "sales"): ("Vertriebsleiter", "Head of Sales", "Director Sales DACH", "Leiterin Vertrieb"),
    ("director", "it"): ("IT-Leiter", "Head of IT", "Leiterin Informationstechnik"),
    ("director", "operations"): ("Head of Operations", "Betriebsleiter", "Werksleiter"),
    ("director", "finance"): ("Head of Finance", "Leiter Finanzen", "Kaufmännische Leiterin"),
    ("director", "hr"): ("Personalleiterin", "Head of HR"),
    ("manager", "marketing"): ("Marketing Manager", "Marketing-Managerin", "Teamleiter Online-Marketing"),
    ("manager", "sales"): ("Sales Manager", "Key Account Manager", "Teamleiter Vertrieb"),
    ("manager", "it"): ("IT Manager", "Teamleiter IT", "Projektleiterin IT"),
    ("manager", "operations"): ("Operations Manager", "Projektmanager", "Teamleiter Logistik"),
    ("manager", "finance"): ("Finance Manager", "Teamleiterin Controlling"),
    ("manager", "hr"): ("HR Manager", "HR Business Partner"),
    ("staff", "marketing"): ("Marketing Specialist", "Mitarbeiterin Marketing", "Content-Redakteur"),
    ("staff", "sales"): ("Vertriebsmitarbeiter", "Account Executive", "Sachbearbeiterin Vertrieb"),
    ("staff", "it"): ("Softwareentwickler", "System Administrator", "IT-Consultant"),
    ("staff", "operations"): ("Sachbearbeiter Einkauf", "Assistentin der Geschäftsführung", "Process Engineer"),
    ("staff", "finance"): ("Buchhalterin", "Controller"),
    ("staff", "hr"): ("Personalreferent", "Recruiter"),
}
STUDENT_TITLES = ("Student", "Werkstudentin Marketing", "Praktikant", "Intern", "Auszubildende")
