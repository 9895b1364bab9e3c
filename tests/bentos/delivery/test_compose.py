"""The compose file, the rules and the dashboard speak of what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from bentos import metrics
from tests.conftest import ROOT

HOME = ROOT / "bentos" / "delivery" / "compose"
COMPOSE = yaml.safe_load((HOME / "compose.yaml").read_text())
RULES = [rule for group in yaml.safe_load((HOME / "rules.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((HOME / "dashboard.json").read_text())
KNOWN = {value._name: value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)}
EXPRESSIONS = {rule["alert"]: rule["expr"] for rule in RULES} | {
    f"{panel['title']}, {target['legendFormat']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}


def exposed(metric: MetricWrapperBase) -> set[str]:
    """Names that a metric has in /metrics."""
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    return {f"{metric._name}{suffix}" for suffix in suffixes[metric._type]}


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_metric_and_label_exists(where):
    expression = EXPRESSIONS[where]
    names = re.findall(r"\bislr_\w+", expression)
    assert names or "up{" in expression
    for name in names:
        assert any(name in exposed(metric) for metric in KNOWN.values()), f"{name} is no metric of bentos/metrics.py"
    labels = {"le", "job"}.union(*(metric._labelnames for metric in KNOWN.values() if exposed(metric) & set(names)))
    asked = re.findall(r"(\w+)(?:=|!=|=~|!~)\"", expression)
    asked += [label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")]
    assert set(asked) <= labels


def test_every_metric_is_shown():
    shown = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    assert [name for name in KNOWN if name not in shown] == []


def test_files_that_are_mounted_are_there():
    mounted = [volume.split(":")[0] for s in COMPOSE["services"].values() for volume in s.get("volumes", ())]
    files = [HOME / path for path in mounted if path.startswith("./")]
    assert len(files) == 5
    assert all(file.is_file() for file in files)
    assert {path for path in mounted if not path.startswith("./")} == COMPOSE["volumes"].keys()


def test_nothing_listens_beyond_this_machine_and_no_password_is_in_it():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    text = (HOME / "compose.yaml").read_text()
    assert re.findall(r"PASSWORD: (?!\$\{\w+(:\?[\w ]+)?\})", text) == []


def test_who_is_waited_for_and_scraped_is_a_service():
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
    scraped = yaml.safe_load((HOME / "prometheus.yml").read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    assert {target.split(":")[0] for target in scraped} <= services.keys()


def test_mlflow_is_the_one_that_the_pipeline_uses():
    asked = re.findall(r"\b(mlflow|psycopg2-binary)==([\d.]+)", (HOME / "compose.yaml").read_text())
    project = (ROOT / "pyproject.toml").read_text()
    assert len(asked) == 2
    assert all(f'"{name}=={version}"' in project for name, version in asked)


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool: apt-get install prometheus")
@pytest.mark.parametrize(("check", "file"), [("config", "prometheus.yml"), ("rules", "rules.yml")])
def test_promtool_takes_it(check, file):
    done = subprocess.run(["promtool", "check", check, HOME / file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool: apt-get install prometheus")
def test_the_dashboards_expressions_are_valid(tmp_path):
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(EXPRESSIONS.values())]
    file = Path(tmp_path, "dashboard.yml")
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
