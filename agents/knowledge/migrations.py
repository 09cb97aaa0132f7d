"""Bringing a store up to the present schema.

A migration from version n turns each record of version n into those of n + 1: none to drop it, several to split it. It
runs once, over the whole store, when the store is opened; a store of a newer schema is refused and left as it is.
"""

from collections.abc import Callable, Iterable, Mapping

from agents.knowledge.errors import StoreError
from agents.knowledge.schema import VERSION
from agents.knowledge.store import BATCH, GraphStore, Record

Migration = Callable[[Record], Iterable[Record]]

#: By the version they start from. Version 1 is the first.
MIGRATIONS: Mapping[int, Migration] = {}


def migrate(store: GraphStore, migrations: Mapping[int, Migration] = MIGRATIONS, version: int = VERSION) -> int:
    """Bring a store up to a version; return how many migrations ran.

    Raises:
        StoreError: It is of a newer version.
    """
    there = int(store.meta("schema") or version)
    if there > version:
        raise StoreError(f"store of {store.game!r} has schema {there}, this program knows {version}: upgrade it")
    for step in range(there, version):
        _apply(store, migrations[step])
    if store.meta("schema") != str(version):
        store.set_meta("schema", str(version))
    return version - there


def _apply(store: GraphStore, migration: Migration) -> None:
    before = list(store.records())
    after = [new for record in before for new in migration(record)]
    gone = {record.key for record in before if not record.to} - {record.key for record in after if not record.to}
    store.delete(sorted(gone))
    for first in range(0, len(after), BATCH):
        store.put(after[first : first + BATCH])
