"""The requests that documentation shows; a test sends each of them."""

from __future__ import annotations

from typing import Any

SCORE_REQUEST: dict[str, Any] = {
    "lead": {
        "lead_id": "L42",
        "created_at": "2026-03-02T08:15:00+01:00",
        "job_title": "Head of Marketing",
        "employees": 250,
        "country": "DE",
        "industry": "software",
    },
    "events": [
        {"event": "page_view", "occurred_at": "2026-03-02T08:15:00+01:00", "page": "/pricing"},
        {"event": "demo_request", "occurred_at": "2026-03-04T10:02:00+01:00"},
    ],
    "as_of": "2026-03-05T09:00:00+01:00",
}

BATCH_REQUEST: dict[str, Any] = {
    "requests": [SCORE_REQUEST, {"lead": {"lead_id": "L43", "created_at": "2026-03-03T12:00:00"}}]
}

LEAD: dict[str, Any] = {
    "created_at": "2026-03-02T08:15:00+01:00",
    "job_title": "Head of Marketing",
    "employees": 250,
    "country": "DE",
    "industry": "software",
}

EVENTS: dict[str, Any] = {
    "events": [
        {
            "lead_id": "L42",
            "event_id": "web-981",
            "event": "page_view",
            "occurred_at": "2026-03-02T08:15:00+01:00",
            "page": "/pricing",
        },
        {"lead_id": "L42", "event_id": "form-17", "event": "demo_request", "occurred_at": "2026-03-04T10:02:00+01:00"},
    ]
}

OUTCOME: dict[str, Any] = {
    "outcome": "accepted",
    "occurred_at": "2026-03-05T11:20:00+01:00",
    "by": "sales@example.com",
}

CONSENT: dict[str, Any] = {
    "purpose": "profiling",
    "word": "objected",
    "said_at": "2026-03-06T10:05:00+01:00",
    "source": "mail to privacy@example.com",
}

WEBHOOK: dict[str, Any] = {
    "url": "https://crm.example.com/leadscore",
    "kinds": ["lead.stage_changed", "lead.erased"],
}

PROPOSAL: dict[str, Any] = {
    "sla": {
        "version": 4,
        "valid_from": "2026-04-01",
        "mql": {"min_conversion_rate": 0.15},
        "sql": {"min_conversion_rate": 0.3, "max_per_week": 40, "contact_within": "4 business hours"},
        "calendar": {"time_zone": "Europe/Berlin", "days": "mon-fri", "hours": "09:00-17:00", "holidays": "DE-BY"},
    },
    "mql": 0.11,
    "sql": 0.29,
}

INBOUND: dict[str, Any] = {
    "type": "lead.changed",
    "timestamp": "2026-03-05T11:20:00+01:00",
    "data": {"lead_id": "L42", "employees": 250, "status": "customer"},
}
