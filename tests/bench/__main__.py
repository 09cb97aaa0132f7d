"""`python -m tests.bench [NAME…]`: run benchmarks, all quick ones by default."""

import importlib
import logging
import os
import platform
import sys

from runtime import logs

QUICK = (
    *("round_trip", "lockstep", "record", "fleet", "many", "pace"),
    *("bridge", "instances", "env", "evaluation", "reflex"),
    *("codec", "sizes", "streams", "formats", "install", "lua", "knowledge", "strategist", "eyes", "studio"),
)
ALL = (*QUICK, "annotate", "bizhawk", "loader", "past", "skyemu", "soak", "reflex_soak")


def main() -> int:
    names = sys.argv[1:] or QUICK
    if unknown := sorted(set(names) - set(ALL)):
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    logs.set_up(logging.WARNING)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.2f}")
    for name in names:
        print(f"\n{name}")
        importlib.import_module(f"tests.bench.bench_{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
