"""What can go wrong with knowledge.

FramewireError
├── UsageError
│   └── FactError        a fact that the schema does not know
└── StoreError           a store is away, locked, damaged, or of a newer schema
"""

from runtime.errors import FramewireError, UsageError


class FactError(UsageError):
    """A fact does not follow the schema.

    Attributes:
        kind: Its label or relation.
        key: What it is about.
    """

    def __init__(self, kind: str, key: str, problem: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"fact {kind} {key}: {problem}")


class StoreError(FramewireError):
    """A store cannot be used; the message names it and says what happened."""
