"""Knowledge → **quests** → plan → waypoints → buttons: what to do next, and what it is worth.

`manager` holds quests (of game.toml, and those that people ask for), `todos` small things by rules; `patterns` is how
people ask, as data, `discovery` reads quests out of what they say, `progress` notices what is done,
`targets` says what it is worth. `scribe` is all of that for the librarian. All are pure: told what is seen, they return
facts.
"""

from agents.quests.manager import QuestManager
from agents.quests.quest import Quest, Step
from agents.quests.targets import Target
from agents.quests.todos import Todo, TodoManager

__all__ = ["Quest", "QuestManager", "Step", "Target", "Todo", "TodoManager"]
