"""What to press where there is nothing to walk: battles, lists, shops. One short plan of actions at a time."""

from collections.abc import Iterator

from agents.tactics.battle import Battle
from agents.tactics.lists import Lists, OpenList, choose, press
from agents.tactics.moment import BATTLE, INVENTORY, MENU, OVERWORLD, SHOP, Moment
from agents.tactics.purse import HEALING, Shop, carried, healing
from runtime.actor import Intend
from runtime.game import Game
from runtime.observation import Observation

#: Frames that the reflex takes for a press, and until what it did can be seen.
_PRESS_FRAMES, _SEEN_FRAMES = 8, 4

#: Presses into the inventory that healed nothing, after which it is left.
_TRIES = 4


class Hands:
    """Decides presses in every context but the overworld's walking."""

    def __init__(self, game: Game | None) -> None:
        self._game = game
        self._lists = Lists(game)
        self._battle = Battle()
        self._shops: dict[tuple[int, str], Shop] = {}
        self._busy_until = -1
        self._context = -1
        self._tries = 0

    def act(self, seen: Observation, now: Moment, wants: str, counter: str) -> Iterator[Intend]:
        """Return the next actions, if it is time for some.

        Args:
            seen: The observation.
            now: Its moment.
            wants: The strategy of the strategist's plan: "use" opens the inventory in the overworld.
            counter: Whom was asked last: the key of the seller when a shop is open.
        """
        if now.context != self._context:
            self._context, self._busy_until, self._tries = now.context, -1, 0
            self._battle.begin()
        if now.context == BATTLE:
            self._battle.look(seen.state)
        if now.frame < self._busy_until:
            return
        chosen = self._chosen(seen, now, wants, counter)
        if chosen is None:
            return
        strategy, actions, why = chosen
        self._busy_until = now.frame + _PRESS_FRAMES * actions.count("<btn_") + _SEEN_FRAMES
        yield Intend(goal=why, area=now.area, strategy=strategy, actions=actions)

    def _chosen(self, seen: Observation, now: Moment, wants: str, counter: str) -> tuple[str, str, str] | None:
        shown = self._lists.of(seen.state)
        if now.context == BATTLE:
            actions, why = self._battle.actions(seen.state, shown, healing(seen.state))
            return "fight", actions, why
        if now.context == SHOP:
            return self._buy(seen, now, shown, counter)
        if now.context in {MENU, INVENTORY}:
            actions, why = self._in_menu(seen, now, wants, shown)
            return "use", actions, why
        if now.context == OVERWORLD and wants == "use" and not now.moving:
            return "use", press("<btn_start>"), "open the inventory"
        return None

    def _buy(self, seen: Observation, now: Moment, shown: OpenList, counter: str) -> tuple[str, str, str]:
        shop = self._shops.setdefault((now.area, counter), Shop())
        shop.look(seen.state)
        row = shop.wish(seen.state, shown.rows)
        if row < 0:
            return "buy", press("<btn_B>"), "leave the shop"
        return "buy", choose(shown, row), f"buy row {row}"

    def _in_menu(self, seen: Observation, now: Moment, wants: str, shown: OpenList) -> tuple[str, str]:
        self._tries += 1
        thirsty = wants == "use" and now.hp < now.max_hp and self._tries <= _TRIES
        if shown.kind == "main" and thirsty and healing(seen.state):
            return choose(shown, 0), "look what there is"
        there = carried(self._game, seen.state)
        drink = next((name for name in HEALING if name in there), "")
        if shown.kind == "items" and thirsty and drink:
            return choose(shown, there.index(drink)), f"drink {drink}"
        return press("<btn_B>"), "leave the menu"
