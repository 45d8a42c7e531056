"""The yardstick: what BentoML alone takes to answer an empty request."""

from __future__ import annotations

from typing import Any

import bentoml


class EmptyCalls:
    """Answers without doing anything."""

    @bentoml.api(route="/empty")  # type: ignore[untyped-decorator]  # BentoML's decorator carries no types
    async def empty(self, document: dict[str, Any], /) -> dict[str, Any]:
        """Return nothing."""
        return {}


Empty = bentoml.service(name="empty", logging={"access": {"enabled": False}})(EmptyCalls)
