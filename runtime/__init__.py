"""Bridge → wire → subject → actor → action → bridge: the core of Framewire.

For scripts and notebooks: `connect`. For actors: `Press`, `Intend`, `Report`, `Observation`, `Outputs`, `Rate`.
"""

from runtime.actor import Intend, Outputs, Press, Report
from runtime.client import Client, connect
from runtime.clock import Rate
from runtime.observation import Observation

__all__ = ["Client", "Intend", "Observation", "Outputs", "Press", "Rate", "Report", "connect"]
