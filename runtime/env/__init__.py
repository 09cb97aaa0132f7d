"""Games as Gymnasium environments: action → buttons → emulator → watches, pixels → reward → observation.

actions → player → pictures → observations → rewards → game_env → vector, bus_env

Importing it registers the ids of runtime.env.ids: `gymnasium.make("framewire/Emberwood-v0")`.
"""

from runtime.env.bus_env import BusEnv
from runtime.env.game_env import GameEnv
from runtime.env.ids import built_in
from runtime.env.rewards import Transition
from runtime.env.settings import Settings
from runtime.env.vector import GameVectorEnv

__all__ = ["BusEnv", "GameEnv", "GameVectorEnv", "Settings", "Transition", "built_in"]
