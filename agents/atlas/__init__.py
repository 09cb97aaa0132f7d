"""The learnt map in memory: facts → **atlas** → ways, unknowns → tactics, strategist.

An area is a grid that grows with what eyes have seen and feet have found; a look is what many cells share; ways lead
over doors from area to area. All of it is a fold of the facts on the bus, so it is the same in every actor, in every
run of a lockstep session, and again when the librarian says in the next session what was learnt in the last.
"""

from agents.atlas.atlas import Atlas
from agents.atlas.routes import Reach, Routes
from agents.atlas.unknowns import Unknown, Unknowns

__all__ = ["Atlas", "Reach", "Routes", "Unknown", "Unknowns"]
