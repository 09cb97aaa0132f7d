"""Reading a format's own options, `--set name=value`."""

from collections.abc import Mapping, Sequence

from runtime.errors import UsageError


def check_names(format_name: str, options: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Check that a format knows all its options.

    Raises:
        UsageError: It does not; says which there are.
    """
    for name in options:
        if name not in known:
            there = ", ".join(f"{key} ({meaning})" for key, meaning in known.items()) or "none"
            raise UsageError(f"format {format_name!r} has no option {name!r}; its options: {there}")


def choice(options: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """Return one of `allowed`, whose first is the default.

    Raises:
        UsageError: It is none of them.
    """
    value = options.get(name, allowed[0])
    if value not in allowed:
        raise UsageError(f"option {name}={value!r}: allowed are {', '.join(allowed)}")
    return value


def whole_number(options: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number.

    Raises:
        UsageError: It is none, or out of range.
    """
    text = options.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise UsageError(f"option {name}={text!r}: wanted a whole number from {lowest} to {highest}")
    return int(text)
