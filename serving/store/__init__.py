"""The service's memory: leads, events, outcomes and all that is said and done about them, in SQLite or PostgreSQL."""

from serving.store.faults import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreTooNewError,
)
from serving.store.history import StoreHistory
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = [
    "Store", "StoreBusyError", "StoreDamagedError", "StoreError", "StoreFullError", "StoreHistory",
    "StoreReadOnlyError", "StoreTooNewError", "Transaction",
]  # fmt: skip
