"""Knowledge → **quests** → plan → waypoints → buttons: what to do next, and what it is worth.

`manager` holds quests (of game.toml, and those that people ask for), `todos` small things by rules; `patterns` is how
people ask, as data, `discovery` reads it out of what they say, `progress` notices what is done. All pure: they are told
what is seen and return facts to publish.
"""

from agents.quests.manager import QuestManager, Target
from agents.quests.quest import Quest, Step
from agents.quests.todos import Todo, TodoManager

__all__ = ["Quest", "QuestManager", "Step", "Target", "Todo", "TodoManager"]
