"""Battle tactics: fight, item or run, by health and by what this enemy's blows took before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.tactics.lists import OpenList, choose, press
from runtime.wire import Scalar

#: Rows of a battle's list.
FIGHT, ITEM, RUN = range(3)

#: What an enemy nobody fought yet is taken to do with a blow, as a share of the most health, and what ours does to it.
_GUESSED_BLOW, _GUESSED_STRIKE = 0.25, 3

#: Attempts to run after which an enemy is taken for one that lets nobody go.
_RUN_TRIES = 3


@dataclass
class Foe:
    """What is known of an enemy.

    Attributes:
        blow: The most that one of its blows took.
        strike: The least that one of ours took.
        runs: Attempts to run from it in a row that failed.
    """

    blow: int = 0
    strike: int = 0
    runs: int = 0


@dataclass
class Battle:
    """One player's battles. Call `look` each tick of a battle, then `actions` when something may be pressed."""

    foes: dict[int, Foe] = field(default_factory=dict)
    _hp: int = -1
    _enemy_hp: int = -1

    def begin(self) -> None:
        """A battle is over, or none has begun."""
        self._hp = self._enemy_hp = -1

    def look(self, state: Mapping[str, Scalar]) -> None:
        """Learn from what health has changed since the last tick."""
        hp, enemy_hp = int(state.get("player.hp", 0)), int(state.get("battle.enemy_hp", 0))
        foe = self._foe(state)
        if 0 <= hp < self._hp:
            foe.blow = max(foe.blow, self._hp - hp)
        if 0 < enemy_hp < self._enemy_hp:
            strike = self._enemy_hp - enemy_hp
            foe.strike = min(foe.strike or strike, strike)
        self._hp, self._enemy_hp = hp, enemy_hp

    def actions(self, state: Mapping[str, Scalar], shown: OpenList, healing: int) -> tuple[str, str]:
        """Return what to press now, and why.

        Args:
            state: The watches.
            shown: The list on screen.
            healing: Things carried that heal.
        """
        if shown.kind == "battle items":
            return (choose(shown, 0), "drink") if shown.rows else (press("<btn_B>"), "nothing to drink")
        if shown.kind != "battle":
            return press("<btn_A>"), "read on"
        foe = self._foe(state)
        row = self._row(state, foe, healing)
        if row == RUN:
            foe.runs += 1
        return choose(shown, row), ("fight", "heal", "run")[row]

    def _row(self, state: Mapping[str, Scalar], foe: Foe, healing: int) -> int:
        hp, most = int(state.get("player.hp", 0)), int(state.get("player.max_hp", 0))
        blow = foe.blow or max(2, round(most * _GUESSED_BLOW))
        left = -(
            -int(state.get("battle.enemy_hp", 0)) // (foe.strike or _GUESSED_STRIKE)
        )  # our strikes until it is beaten
        if hp > blow or left <= 1:
            lasts = (hp - 1) // blow  # its blows that we can take; it has one less than we have strikes
            if lasts >= left - 1 or healing or foe.runs >= _RUN_TRIES or lasts >= 2:
                return FIGHT
            return RUN
        if healing:
            return ITEM
        return RUN if foe.runs < _RUN_TRIES else FIGHT

    def _foe(self, state: Mapping[str, Scalar]) -> Foe:
        return self.foes.setdefault(int(state.get("battle.enemy", 0)), Foe())
