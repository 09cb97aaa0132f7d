"""The objectives of a game.toml as quests: one for each name they give, "main" for those that give none."""

from agents.knowledge.keys import Place, slug
from agents.quests.quest import FROM_GAME, Quest, Step
from runtime.game import Game, Objective

#: The quest of objectives that name none, and of those among them that are urgent at times.
_MAIN, _URGENT = "main", "urgent"


def quests_of_game(game: Game) -> list[Quest]:
    """Return a game's quests, each with its objectives in the order of the file."""
    quests: dict[str, Quest] = {}
    for objective in game.objective:
        name = objective.quest or (_URGENT if objective.urgent else _MAIN)
        kind = "skill_improvement" if name == _URGENT else objective.type
        quest = quests.setdefault(name, Quest(slug(name), name, kind, source=FROM_GAME))
        quest.steps.append(_step(game, objective))
    return list(quests.values())


def _step(game: Game, objective: Objective) -> Step:
    return Step(
        description=objective.name,
        criteria=f"when:{objective.when}",
        place=Place(game.area_named(objective.area).id, objective.x, objective.y),
        press=objective.press,
        urgent=objective.urgent,
        needs=objective.needs,
        where=objective.area,
    )
