"""Rates as people read them."""


def hertz(rate_hz: float) -> str:
    """Return a rate with as many digits as help: `59.73`, `1.0`, `2,400`."""
    return f"{rate_hz:,.0f}" if rate_hz >= 1000 else f"{rate_hz:.2f}"
