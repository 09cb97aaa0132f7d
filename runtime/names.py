"""The guard of our import names: `agents` and `runtime` are names that other distributions like, too."""

from importlib.metadata import Distribution, distributions

from runtime.errors import NameTakenError

NAMES = ("runtime", "agents", "streams", "lua", "dashboards")

OURS = "framewire"


def check_names() -> None:
    """Refuse to run beside a distribution that installed one of our top-level packages.

    Raises:
        NameTakenError: One did; the message names it.
    """
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if not name or name.lower() == OURS:  # a half-removed distribution has no name
            continue
        if taken := _owned(distribution):
            raise NameTakenError(
                f"the distribution {name} {distribution.version} installed the package {', '.join(taken)}, which is "
                f"also a package of {OURS}: uninstall it (pip uninstall {name}) or use a virtual environment of its own"
            )


def _owned(distribution: Distribution) -> list[str]:
    record = distribution.read_text("RECORD") or ""
    return [name for name in NAMES if f"\n{name}/__init__.py," in f"\n{record}"]
