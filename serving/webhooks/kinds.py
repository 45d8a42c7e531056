"""The kinds of messages that an endpoint may ask for."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "lead.scored", "lead.stage_changed", "lead.erased", "sla.breached", "sla.proposed", "sla.signed"
]
KINDS: tuple[str, ...] = get_args(Kind)

TEST = "webhook.test"
"""The kind of a message that only tells that messages arrive; every endpoint can be sent one."""
