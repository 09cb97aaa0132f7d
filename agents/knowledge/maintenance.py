"""Keeping a store small and whole without anybody asking (C11.9): once, when a session opens it."""

from collections.abc import Mapping

from agents.knowledge.store import GraphStore

#: How many nodes of a label are kept, the newest. Of places, people and quests all are.
KEPT: Mapping[str, int] = {"Experience": 2000, "Recipe": 500}

#: What is over and done with is removed, by label: property and value.
OVER: Mapping[str, tuple[str, str]] = {"Todo": ("status", "done")}


def maintain(store: GraphStore) -> int:
    """Remove what has had its day; return how many nodes.

    Raises:
        StoreError: The store cannot be used.
    """
    removed = 0
    for label, (name, value) in OVER.items():
        removed += store.delete([node.key for node in store.nodes(label, {name: value})])
    for label, newest in KEPT.items():
        removed += store.retain(label, newest)
    return removed
