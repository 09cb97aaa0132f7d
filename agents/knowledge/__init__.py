"""View → facts → **knowledge** → plan → waypoints → buttons: what is known, in memory and on disk.

Whoever learns something publishes facts; `facts` folds them, `view` answers from them without ever waiting. `librarian`
is the one actor that touches a store (`store`, `sqlite_store`, `neo4j_store`): it publishes what the store knows when a
session begins, and writes what is learnt behind the game's back. `schema` says what may be known. `working` holds small
values of the present (NATS KV, Redis).
"""

from agents.knowledge.facts import Edge, Facts, Node
from agents.knowledge.keys import Place
from agents.knowledge.view import KnowledgeView, Query, Relevant, Situation

__all__ = ["Edge", "Facts", "KnowledgeView", "Node", "Place", "Query", "Relevant", "Situation"]
