"""Games as Gymnasium environments: action → buttons → emulator → watches, pixels → reward → observation.

actions → player → pictures → observations → rewards → game_env → vector, bus_env

Gymnasium finds the ids by itself: `gymnasium.make("framewire/Emberwood-v0")`. They are listed in runtime.env_ids.
"""

from runtime.env.bus_env import BusEnv
from runtime.env.game_env import GameEnv
from runtime.env.rewards import Transition
from runtime.env.settings import Settings
from runtime.env.vector import GameVectorEnv

__all__ = ["BusEnv", "GameEnv", "GameVectorEnv", "Settings", "Transition"]
