"""The middle of play, ten times a second: picture, state, plan, learnt map → **waypoints, actions, facts**.

    seen ─► moment ─► eyes ─► what happened ─► lessons ─► facts ─► everybody's atlas
                                 └─► listening ─► what was said
    strategist's plan ─► errand ─► way over the atlas ─► waypoints ─► reflex
    battle, list, shop ─► hands ─► actions ─► reflex
    no step for a while ─► stuck ─► wait, around, aside, back, give up

Everything it knows it has seen or felt; every press is the reflex's.
"""

from agents.tactics.actor import Tactic

__all__ = ["Tactic"]
