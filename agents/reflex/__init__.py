"""The fast end of play, 60 times a second: plan, learnt map, state → **buttons**.

    seen ─► moment ─► emergencies ─► strategy cache ─► [start], [dialogue] ─► policy ─► patterns ─► go on ─► Press
                                      └─► waypoints ─► predictor ─► step
                                      └─► actions ─► sequence ─► held, released

Everything is looked up in memory; nothing here waits, but for a policy, and for that ten milliseconds at most.
"""

from agents.reflex.actor import Reflex
from agents.reflex.policy import PolicyReflex
from agents.reflex.sources import SOURCES, source_of

__all__ = ["SOURCES", "PolicyReflex", "Reflex", "source_of"]
