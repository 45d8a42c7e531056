"""What the requests made from the description lack: a key of their own each time, and a receiver on this machine."""

import itertools

import schemathesis

RECEIVER = "http://127.0.0.1:9/hook"
_NUMBERS = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give each request an Idempotency-Key of its own, and send nothing to strangers."""
    if (case.headers or {}).get("Idempotency-Key", "").isalnum():
        case.headers["Idempotency-Key"] = f"request-{next(_NUMBERS)}"
    is_subscribing = case.operation.definition.raw.get("operationId") == "subscribe"
    if is_subscribing and isinstance(case.body, dict) and isinstance(case.body.get("url"), str):
        case.body["url"] = RECEIVER
