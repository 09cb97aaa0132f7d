"""`deploy/observability/`: valid, and what its files name is there. No Docker and no Grafana can be had here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from compose_spec.models import ComposeSpecification

from dashboards.grafana.committed import committed

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / "deploy" / "observability"


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


COMPOSE = ComposeSpecification.model_validate(_read(_FOLDER / "compose.yml"))


def _outside(service: str, path: str) -> Path:
    """Return where in the repository a path within a container lies.

    Raises:
        KeyError: No volume holds it.
    """
    assert COMPOSE.services
    for volume in COMPOSE.services[service].volumes or ():
        source, target, *_ = str(volume).split(":")
        if source.startswith(".") and (path == target or path.startswith(f"{target}/")):
            return _FOLDER / source / path.removeprefix(target).lstrip("/")
    raise KeyError(path)


def test_the_compose_file_fits_the_compose_specification() -> None:
    program = Path(sys.executable).parent / "check-jsonschema"
    words = (program, "--builtin-schema", "vendor.compose-spec", _FOLDER / "compose.yml")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_compose_file_does_not(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yml"
    wrong.write_text((_FOLDER / "compose.yml").read_text().replace("network_mode: host", "network_mode: [host]"))
    program = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run((program, "--builtin-schema", "vendor.compose-spec", wrong), capture_output=True, check=False)
    assert done.returncode == 1


def test_prometheus_is_given_a_configuration_that_is_there_and_listens_at_home_only() -> None:
    assert COMPOSE.services
    command = COMPOSE.services["prometheus"].command
    assert isinstance(command, list)
    options = dict(word.removeprefix("--").split("=", 1) for word in command)
    config = _outside("prometheus", options["config.file"])
    assert config.resolve() == _FOLDER / "prometheus" / "prometheus.yml"
    assert options["web.listen-address"] == "127.0.0.1:9090"
    for name in _read(config)["rule_files"]:
        assert (config.parent / name).exists(), name


def test_its_targets_are_where_the_supervisor_writes_them() -> None:
    (job,) = _read(_FOLDER / "prometheus" / "prometheus.yml")["scrape_configs"]
    (pattern,) = job["file_sd_configs"][0]["files"]
    assert (_FOLDER / "prometheus" / pattern).resolve() == _ROOT / ".framewire" / "metrics" / "*.json"
    assert job["honor_labels"]


def test_grafana_finds_its_provisioning_where_it_looks_and_the_dashboards_where_that_says() -> None:
    assert COMPOSE.services
    assert _outside("grafana", "/etc/grafana/provisioning").resolve() == _FOLDER / "grafana" / "provisioning"
    (provider,) = _read(_FOLDER / "grafana" / "provisioning" / "dashboards" / "framewire.yml")["providers"]
    assert provider["type"] == "file"
    found = sorted(_outside("grafana", provider["options"]["path"]).glob("*.json"))
    uids = [json.loads(path.read_text(encoding="utf-8"))["uid"] for path in found]
    assert sorted(uids) == sorted(committed())
    environment = _read(_FOLDER / "compose.yml")["services"]["grafana"]["environment"]
    home = environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert _outside("grafana", home).resolve() in [path.resolve() for path in found]


def test_its_data_source_is_the_prometheus_beside_it() -> None:
    (source,) = _read(_FOLDER / "grafana" / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    assert (source["type"], source["access"], source["isDefault"]) == ("prometheus", "proxy", True)
    assert source["url"] == "http://127.0.0.1:9090"
    scrape = _read(_FOLDER / "prometheus" / "prometheus.yml")["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scrape, "or $__rate_interval is too short"


@pytest.mark.parametrize("path", sorted((_FOLDER / "grafana" / "provisioning").rglob("*.yml")), ids=lambda p: p.name)
def test_provisioning_files_say_their_version(path: Path) -> None:
    assert _read(path)["apiVersion"] == 1
