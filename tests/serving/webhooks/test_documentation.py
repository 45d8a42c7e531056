from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

from serving.store.outbox import SCHEDULE
from serving.webhooks.kinds import KINDS, TEST
from serving.webhooks.signatures import SIGNATURE

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def example() -> Any:
    (code,) = re.findall(r"<!-- example: verify -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - what a reader of the page would do
    return names["is_genuine"]


def test_the_pages_example_takes_what_we_send_and_nothing_else(post: Any, receive: Any, clock: Any) -> None:
    receiver = receive(200)
    old = post.subscribe(receiver.url)
    with post.store.begin() as tx:
        new = tx.subscriptions.rotate(old.subscription_id)
    post.tell(1)
    clock.move(seconds=time.time() - clock.now().timestamp())  # noqa: TID251 - the example reads the machine's clock
    post.deliver()
    (got,) = receiver.received
    is_genuine = example()
    for secret in (old.secrets[0], new.secrets[0]):
        assert is_genuine(secret, got.headers, got.body)
    assert not is_genuine(old.secrets[0], got.headers, got.body + b" ")
    assert not is_genuine(old.secrets[0], got.headers | {"webhook-timestamp": "1772442000"}, got.body)
    assert not is_genuine(old.secrets[0], got.headers | {SIGNATURE: "v1,"}, got.body)
    assert json.loads(got.body)["type"] == "lead.scored"


def test_the_page_names_every_kind_and_every_call() -> None:
    assert all(f"`{kind}`" in PAGE for kind in (*KINDS, TEST))
    described = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    for path, methods in described.items():
        if path.startswith("/v1/webhooks"):
            assert all(f"`{method.upper()} {path}`" in PAGE for method in methods)


def test_the_page_tells_the_schedule() -> None:
    assert [int(wait.total_seconds()) for wait in SCHEDULE] == [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]
    assert "5 seconds, 5 minutes, 30 minutes, 2, 5, 10 and 10 hours later" in PAGE
