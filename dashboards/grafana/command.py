"""`runtime dashboards`: put them where Grafana finds them, and prove that each panel shows something."""

import shutil
from pathlib import Path

import click
from rich.table import Table

from dashboards.grafana.committed import FOLDER, committed, queries
from dashboards.grafana.prometheus import Prometheus
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console
from runtime.config import env
from runtime.errors import FramewireError, UsageError


@click.group()
def dashboards() -> None:
    """Grafana dashboards: frame latency, what runs, JetStream, the agent, training."""


@dashboards.command(epilog=examples("runtime dashboards export boards"))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
def export(folder: Path, as_json: bool) -> None:
    """Write the dashboards to FOLDER, one JSON file each, for Grafana's file provisioning or its import page."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.glob("*.json")):
        shutil.copy(path, folder)
        click.echo(f"wrote {folder / path.name}", err=as_json)
    if as_json:
        print_json([folder / path.name for path in sorted(FOLDER.glob("*.json"))])


@dashboards.command(epilog=examples("runtime dashboards push --url http://localhost:3000 --token TOKEN"))
@click.option("--url", required=True, help="Of Grafana: http://localhost:3000")
@click.option("--token", default="", help="A service account's; default: $GRAFANA_TOKEN.")
@click.option("--folder", "folder_uid", default="", help="The uid of the folder to put them into.")
@json_option
def push(url: str, token: str, folder_uid: str, as_json: bool) -> None:
    """Put the dashboards into a running Grafana; those of the same uid are replaced."""
    try:
        from grafana_client.api import GrafanaApi  # noqa: PLC0415  # an extra
        from grafana_client.client import GrafanaException, TokenAuth  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("push needs the package grafana-client: pip install 'framewire[dashboards]'") from error
    token = token or env("GRAFANA_TOKEN")
    if not token:
        raise UsageError("push needs a service account's token: --token, or GRAFANA_TOKEN")
    grafana = GrafanaApi.from_url(url, credential=TokenAuth(token))  # type: ignore[no-untyped-call]  # the library's
    for uid, board in committed().items():
        request = {"dashboard": board, "overwrite": True, "folderUid": folder_uid}
        try:
            grafana.dashboard.update_dashboard(request)
        except (GrafanaException, OSError) as error:
            raise FramewireError(f"Grafana at {url} did not take {uid}: {error}") from error
        click.echo(f"{url.rstrip('/')}/d/{uid}", err=as_json)
    if as_json:
        print_json({uid: f"{url.rstrip('/')}/d/{uid}" for uid in committed()})


@dashboards.command(epilog=examples("runtime dashboards check --json"))
@click.option(
    "--prometheus", "url", default="http://127.0.0.1:9090", show_default=True, help="That scrapes a live run."
)
@click.option("--interval", default="20s", show_default=True, help="What rates are taken over: four scrapes.")
@click.option(
    "--board",
    "names",
    multiple=True,
    type=click.Choice([uid.removeprefix("framewire-") for uid in committed()]),
    help="Only this one, as where nothing is trained; may be given several times.",
)
@json_option
def check(url: str, interval: str, names: tuple[str, ...], as_json: bool) -> None:
    """Ask Prometheus every panel's query; fail where one is broken, empty or not finite, and name the panels."""
    prometheus = Prometheus(url, interval)
    boards = [board for uid, board in committed().items() if not names or uid.removeprefix("framewire-") in names]
    verdicts = [prometheus.verdict(query) for board in boards for query in queries(board)]
    bad = [verdict for verdict in verdicts if verdict.problem]
    if as_json:
        print_json([{**v.query._asdict(), "series": v.series, "problem": v.problem} for v in verdicts])
    else:
        table = Table("board", "panel", "series", "problem", box=None, pad_edge=False, header_style="bold")
        for verdict in verdicts:
            table.add_row(verdict.query.board, verdict.query.panel, str(verdict.series), verdict.problem)
        console().print(table)
    if bad:
        named = dict.fromkeys(f"{v.query.board} / {v.query.panel} ({v.problem})" for v in bad)
        raise FramewireError(f"{len(bad)} of {len(verdicts)} queries show nothing, or not all: {'; '.join(named)}")
