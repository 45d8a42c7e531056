"""A plain model of the documentation: where a lead stands after whatever was said of it."""

from collections import Counter
from datetime import timedelta

import pytest

RULES = """\
version: 1
base_points: 24
rules:
  - id: large
    text: {en: "Company of 50 people or more", de: "Firma ab 50 Leuten"}
    group: fit
    when: {attribute: employees, from: 50}
    points: 20
  - id: software
    text: {en: "Makes software", de: "Macht Software"}
    group: fit
    when: {attribute: industry, is: software}
    points: 6
  - id: retail
    text: {en: "Sells to people", de: "Verkauft an Leute"}
    group: fit
    when: {attribute: industry, is: retail}
    points: 3
  - id: demo_request
    text: {en: "Asked for a demo", de: "Hat um eine Vorführung gebeten"}
    group: engagement
    when: {event: demo_request, within_days: 30}
    points: 24
  - id: page_view
    text: {en: "Looked around", de: "Hat sich umgesehen"}
    group: engagement
    when: {event: page_view, within_days: 7}
    points: 5
"""
SLA = "version: 3\nhysteresis: 5\nsql: {requires: [country]}\n"
MQL, SQL, HYSTERESIS = 50, 75, 5
FIT = {"large": 20, "software": 6, "retail": 3}
DONE = {"demo_request": (24, timedelta(days=30)), "page_view": (5, timedelta(days=7))}
CLOSING = {"opportunity": "opportunity", "won": "customer", "lost": "lost"}
AHEAD = timedelta(minutes=5)


class Lead:
    """What the documentation says of one lead."""

    rules, sla = RULES, SLA
    """By which it is scored."""

    kinds = tuple(DONE)
    """What it may do that counts."""

    def __init__(self):
        self.attributes = None
        self.events = {}
        self.accepted = self.closed = None
        self.stage = self.points = None
        self.scores = 0
        self.objected = False
        self.is_with_sales = self.is_contacted = False
        self.waiting = Counter()

    @staticmethod
    def is_ahead(occurred_at, now):
        """Return whether an event is kept in quarantine."""
        return occurred_at > now + AHEAD

    def worth(self, now):
        """Return the points of a moment."""
        known = self.attributes or {}
        points = 24 + FIT.get(known.get("industry"), 0) + (FIT["large"] if known.get("employees", 0) >= 50 else 0)
        for kind, (worth, span) in DONE.items():
            seen = (at for event, at, is_quarantined in self.events.values() if event == kind and not is_quarantined)
            points += worth if any(timedelta(0) <= now - at <= span for at in seen) else 0
        return points

    def score(self, now, *, says=False):
        """Score the lead as it is known now, if it may be."""
        if self.attributes is None:
            return
        if self.objected:
            if self.stage is not None or says:
                self.waiting["lead.scored"] = 1
            if self.stage is not None:
                self.waiting["lead.stage_changed"] += 1
            self.stage, self.points, self.scores = None, None, 0
            return
        points = self.worth(now)
        stage = self.stage_at(points)
        self.scores += 1
        self.waiting["lead.scored"] += 1
        self.points = points
        self.move(stage)

    def stage_at(self, points):
        """Return the stage after a score: the page docs/api.md, Stages."""
        is_complete = self.attributes.get("country") is not None
        if self.closed:
            return self.closed
        if self.accepted:
            return "sql"
        if points >= SQL and is_complete:
            crosses_anew = self.stage in (None, "sql") or self.points < SQL
            return "sql" if self.accepted is None or crosses_anew else "mql"
        if self.stage == "sql" and is_complete and points >= SQL - HYSTERESIS:
            return "sql"
        if points >= MQL or (self.stage in ("mql", "sql") and points >= MQL - HYSTERESIS):
            return "mql"
        return "lead"

    def move(self, stage):
        """Enter a stage; who becomes an SQL is handed over."""
        if stage == self.stage:
            return
        self.stage = stage
        self.waiting["lead.stage_changed"] += 1
        if stage == "sql" and not self.is_with_sales:
            self.is_with_sales, self.is_contacted = True, False

    def hear(self, outcome):
        """Take what sales says; return whether that can be said."""
        if outcome == "contacted":
            if not self.is_with_sales:
                return False
            self.is_contacted = True
            return True
        if outcome in ("accepted", "rejected"):
            self.accepted = outcome == "accepted"
            self.is_with_sales = False
        if outcome in CLOSING:
            self.closed = CLOSING[outcome]
        if self.stage is not None:
            if outcome in CLOSING:
                self.move(self.closed)
            elif outcome == "accepted" and self.stage in ("lead", "mql"):
                self.move("sql")
            elif outcome == "rejected" and self.stage == "sql":
                self.move("mql")
        return True


@pytest.fixture
def documented_lead() -> type[Lead]:
    """Return the model of one lead."""
    return Lead
