"""Asks a Prometheus the queries of dashboards: do their panels show something?"""

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

from dashboards.grafana.committed import PanelQuery
from runtime.errors import FramewireError

#: What stands for Grafana's variables: everything. The interval is four scrapes, as Grafana makes it.
_VARIABLES = {"$session": ".*", "$actor": ".*", "$game": ".*", "$stream": ".*", "$run": ".*"}

#: A query over a few minutes of one host's series takes milliseconds.
_LIMIT_S = 10.0


class Verdict(NamedTuple):
    """What came of a query; `problem` is empty for a panel that shows something."""

    query: PanelQuery
    series: int
    problem: str


class Prometheus:
    """One server, by its HTTP API."""

    def __init__(self, url: str, interval: str) -> None:
        """Ask the server at `url`; `interval` is what $__rate_interval stands for."""
        if not url.startswith(("http://", "https://")):
            raise FramewireError(f"{url!r} is no address of a Prometheus: they begin with http:// or https://")
        self._url = url.rstrip("/")
        self._interval = interval

    def verdict(self, query: PanelQuery) -> Verdict:
        """Ask a query.

        Raises:
            FramewireError: There is no Prometheus.
        """
        expression = query.expression.replace("$__rate_interval", self._interval)
        for name, value in _VARIABLES.items():
            expression = expression.replace(name, value)
        answer = self._ask("query", {"query": expression})
        if answer.get("status") != "success":
            return Verdict(query, 0, f"broken: {answer.get('error', 'no reason given')}")
        results = answer["data"]["result"]
        if not results:
            return Verdict(query, 0, "empty")
        broken = [result["metric"] for result in results if not math.isfinite(float(result["value"][1]))]
        if broken:
            return Verdict(query, len(results), f"{len(broken)} of {len(results)} series not finite, as {broken[0]}")
        return Verdict(query, len(results), "")

    def _ask(self, what: str, parameters: dict[str, str]) -> dict[str, Any]:
        address = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=_LIMIT_S) as reply:  # noqa: S310  # checked in __init__
                body = reply.read()
        except urllib.error.HTTPError as error:
            body = error.read()  # Prometheus says there what is wrong with the query
        except OSError as error:
            raise FramewireError(f"no Prometheus at {self._url}: {error}") from error
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise FramewireError(f"{self._url} is no Prometheus: it answers {body[:80]!r}") from error
        if not isinstance(answer, dict):
            raise FramewireError(f"{self._url} is no Prometheus: it answers {body[:80]!r}")
        return answer
