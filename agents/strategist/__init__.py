"""The slow end of play: facts, state and view → situation → mind → thought → plan on the bus.

    seen ─► situation ─► rules, at once            ─┐
                    └──► prompt ─► paligemma, openai ─► parse ─► gate ─► plan ─► tactic, reflex
                                                         └─► tool calls ─► answers ─► the next prompt

`actor.Strategist` thinks once a second beside the game, or stops the game for it. Whatever goes wrong with a model is
counted and answered by the rules.
"""

from agents.strategist.actor import Strategist

__all__ = ["Strategist"]
