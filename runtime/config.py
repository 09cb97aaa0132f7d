"""The environment, read here and nowhere else.

FRAMEWIRE_HOME    the state folder; default `.framewire` in the working folder
FRAMEWIRE_CORES   folders of libretro cores, separated by ':', searched first
FRAMEWIRE_NATS    URL of a NATS server to use in place of the embedded one, as `--nats`
NO_COLOR          anything: no colours on terminals either (no-color.org); what `rich` draws heeds it by itself
FRAMEWIRE_TOKEN   what browsers must show the studio, as `--studio-token`, which all users of the machine can read
SKYEMU_BIN        the program of SkyEmu, where `--core` names none
"""

import os
from pathlib import Path


def env(name: str) -> str:
    """Return an environment variable, empty when it is not set."""
    return os.environ.get(name, "")


def state_folder() -> Path:
    """Return the state folder: servers, logs and recordings of this project. It need not exist."""
    return Path(env("FRAMEWIRE_HOME") or ".framewire").absolute()
