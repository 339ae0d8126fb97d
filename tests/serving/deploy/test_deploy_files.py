"""The files of a deployment are what TF Serving, Docker, Kubernetes, Prometheus and Grafana read, and agree."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import text_format
from paper_exports import write_paper_export
from serving_protos import message
from tensorflow_serving.config import model_server_config_pb2

from bert_keras.errors import ExportError, InputError
from bert_keras.serving import Client
from bert_keras.serving.deploy import Deployment, deployment_of
from bert_keras.serving.deploy.sizing import Sizing

REPOSITORY = Path(__file__).parents[3]
# Flags of tensorflow_model_server 2.19 that the files use, or name in a comment.
FLAGS = {
    "port",
    "rest_api_port",
    "model_config_file",
    "monitoring_config_file",
    "max_num_load_retries",
    "rest_api_timeout_in_ms",
    "rest_api_num_threads",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
    "enable_batching",
    "batching_parameters_file",
}
# Metrics that TF Serving exports, by the names and labels that its sources register.
METRICS = {
    ":tensorflow:serving:request_count": {"model_name", "status"},
    ":tensorflow:serving:request_latency_bucket": {"model_name", "API", "entrypoint", "le"},
    ":tensorflow:serving:runtime_latency_bucket": {"model_name", "API", "runtime", "le"},
    ":tensorflow:serving:batching_session:queuing_latency_bucket": {"thread_pool_name", "le"},
    ":tensorflow:cc:saved_model:load_attempt_count": {"model_path", "status"},
    ":tensorflow:core:graph_run_time_usecs": set(),
}
# Labels that Prometheus adds.
ADDED = {"instance", "namespace", "pod", "__name__"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    base = tmp_path_factory.mktemp("served") / "Faq_v1.2"
    write_paper_export(base, ("question", "context"), 450, version=7)
    return deployment_of(base, milliseconds=80, model_megabytes=945, requests_per_second=100, cores=4)


@pytest.fixture(scope="module")
def files(reader: Deployment) -> dict[str, str]:
    return reader.files()


def parsed(files: dict[str, str], path: str) -> Any:
    return yaml.safe_load(files[path])


def test_the_deployment_of_the_demo_is_what_the_program_writes(tmp_path: Path) -> None:
    base = write_paper_export(tmp_path / "demo")
    made = deployment_of(base, milliseconds=4.2, model_megabytes=800).files()
    folder = REPOSITORY / "deploy" / "demo"
    kept = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert kept == made


def test_the_models_are_a_model_server_config(files: dict[str, str]) -> None:
    config = text_format.Parse(files["models.config"], model_server_config_pb2.ModelServerConfig())
    (model,) = config.model_config_list.config
    assert (model.name, model.base_path, model.model_platform) == ("Faq_v1.2", "/models/Faq_v1.2", "tensorflow")
    assert model.model_version_policy.latest.num_versions == 1


def test_what_the_models_file_proposes_in_comments_is_valid_too(files: dict[str, str]) -> None:
    lines = files["models.config"].splitlines()
    pinned, *labelled = [line.partition("#   ")[2] for line in lines if line.strip().startswith("#   ")]
    for proposed in ([pinned], labelled):
        kept = [line for line in lines if not line.strip().startswith(("#", "model_version_policy"))]
        text = "\n".join([*kept[:5], *proposed, *kept[5:]])
        (model,) = text_format.Parse(text, model_server_config_pb2.ModelServerConfig()).model_config_list.config
        assert 7 in model.model_version_policy.specific.versions
    assert dict(model.version_labels) == {"stable": 7, "canary": 8}


def test_metrics_and_batching_are_messages_of_tf_serving(files: dict[str, str]) -> None:
    monitoring = text_format.Parse(files["monitoring.config"], message("MonitoringConfig"))
    assert monitoring.prometheus_config.enable
    batching = text_format.Parse(files["batching.config"], message("BatchingParameters"))
    assert batching.max_batch_size.value == 32
    assert batching.num_batch_threads.value == 4
    assert not batching.pad_variable_length_inputs
    # What a client sends unless told otherwise must fit.
    with Client("http://localhost", "m") as client:
        assert client._operations._settings.max_batch_size <= batching.max_batch_size.value


def test_prometheus_reads_the_path_and_port_at_which_metrics_are_exported(files: dict[str, str]) -> None:
    path = text_format.Parse(files["monitoring.config"], message("MonitoringConfig")).prometheus_config.path
    (job,) = parsed(files, "prometheus/prometheus.yaml")["scrape_configs"]
    compose = parsed(files, "compose.yaml")["services"]
    assert job["metrics_path"] == path
    assert job["static_configs"] == [{"targets": ["serving:8501"]}]
    assert "serving" in compose
    annotations = parsed(files, "kubernetes/deployment.yaml")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] == path
    assert annotations["prometheus.io/port"] == "8501"


def flags_of(command: list[str]) -> dict[str, str]:
    return dict(flag.removeprefix("--").split("=") for flag in command)


def test_both_start_the_server_with_the_same_flags(files: dict[str, str]) -> None:
    (container,) = parsed(files, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    service = parsed(files, "compose.yaml")["services"]["serving"]
    assert container["args"] == service["command"]
    assert container["command"] == service["entrypoint"]
    assert container["image"] == service["image"]
    flags = flags_of(container["args"])
    assert flags["max_num_load_retries"] == "0"
    assert flags["rest_api_timeout_in_ms"] == "300000"
    assert flags["tensorflow_intra_op_parallelism"] == "4"
    assert flags["rest_api_num_threads"] == "8"
    named = {flag for path in files for flag in re.findall(r'"--(\w+)', files[path])}
    assert named == FLAGS
    assert "enable_batching" not in flags


def test_what_the_flags_name_is_mounted(files: dict[str, str]) -> None:
    pod = parsed(files, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    (made,) = parsed(files, "kustomization.yaml")["configMapGenerator"]
    for flag in ("model_config_file", "monitoring_config_file"):
        folder, _, name = flags_of(container["args"])[flag].rpartition("/")
        assert mounts[folder] == "config"
        assert name in made["files"]
        assert name in files
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["config"]["configMap"]["name"] == made["name"]
    claim = parsed(files, "kubernetes/claim.yaml")
    assert volumes["models"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert mounts["/models"] == "models"
    bound = {volume["target"]: volume for volume in parsed(files, "compose.yaml")["services"]["serving"]["volumes"]}
    assert bound["/models/Faq_v1.2"]["source"] == "${SAVED_MODELS:-../../saved_models}/Faq_v1.2"
    assert bound["/etc/serving"]["source"] == "."


def test_the_objects_of_kubernetes_refer_to_each_other(files: dict[str, str]) -> None:
    paths = parsed(files, "kustomization.yaml")["resources"]
    assert sorted(paths) == sorted(path for path in files if path.startswith("kubernetes/"))
    objects = {one["kind"]: one for one in (parsed(files, path) for path in paths)}
    assert {kind: one["apiVersion"] for kind, one in objects.items()} == {
        "PersistentVolumeClaim": "v1",
        "Deployment": "apps/v1",
        "Service": "v1",
        "HorizontalPodAutoscaler": "autoscaling/v2",
        "PodDisruptionBudget": "policy/v1",
    }
    for one in objects.values():
        assert re.fullmatch(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", one["metadata"]["name"])
    deployment = objects["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment["metadata"]["name"]}
    assert "replicas" not in deployment["spec"]


def test_probes_and_ports_are_those_of_the_flags(files: dict[str, str]) -> None:
    (container,) = parsed(files, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    flags = flags_of(container["args"])
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": int(flags["port"]), "http": int(flags["rest_api_port"])}
    assert container["readinessProbe"]["httpGet"] == {"path": "/v1/models/Faq_v1.2/metadata", "port": "http"}
    assert container["livenessProbe"]["tcpSocket"] == container["startupProbe"]["tcpSocket"] == {"port": "grpc"}
    service = parsed(files, "kubernetes/service.yaml")["spec"]["ports"]
    assert [(port["port"], port["targetPort"]) for port in service] == [(8500, "grpc"), (8501, "http")]


def test_the_autoscaler_asks_for_the_metric_that_the_adapter_makes(files: dict[str, str]) -> None:
    (metric,) = parsed(files, "kubernetes/autoscaler.yaml")["spec"]["metrics"]
    (rule,) = parsed(files, "prometheus/adapter.yaml")["rules"]["custom"]
    assert metric["type"] == "Pods"
    assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
    assert ":tensorflow:serving:request_count" in rule["metricsQuery"]
    assert "<<.LabelMatchers>>" in rule["metricsQuery"]
    assert "by (<<.GroupBy>>)" in rule["metricsQuery"]


def test_the_dashboard_asks_for_metrics_and_labels_that_tf_serving_exports(files: dict[str, str]) -> None:
    dashboard = json.loads(files["grafana/dashboard.json"])
    assert dashboard["templating"]["list"][0]["current"]["value"] == "Faq_v1.2"
    (source,) = parsed(files, "grafana/datasource.yaml")["datasources"]
    queries = [target for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) >= len(dashboard["panels"]) == 8
    for query in queries:
        assert query["datasource"]["uid"] == source["uid"]
        (name,) = re.findall(r":tensorflow(?::\w+)+", query["expr"])
        labels = set(re.findall(r"(\w+)=\"", query["expr"]))
        for grouped in re.findall(r"by \(([^)]*)\)", query["expr"]):
            labels |= {label.strip() for label in grouped.split(",")}
        assert labels <= METRICS[name] | ADDED, query["expr"]
        assert set(re.findall(r"{{(\w+)}}", query["legendFormat"])) <= labels
        assert query["expr"].count("(") == query["expr"].count(")")
    mounts = parsed(files, "compose.yaml")["services"]["grafana"]["volumes"]
    (provider,) = parsed(files, "grafana/dashboards.yaml")["providers"]
    assert any(mount.split(":")[1].startswith(provider["options"]["path"]) for mount in mounts)
    for mount in (*mounts, *parsed(files, "compose.yaml")["services"]["prometheus"]["volumes"]):
        assert mount.split(":")[0].removeprefix("./") in files


def test_sizes_follow_from_the_arithmetic_that_is_told(reader: Deployment, files: dict[str, str]) -> None:
    sizing = reader.sizing
    assert sizing.model_arithmetic == "450 MB of files take 945 MB at most, while a version loads"
    assert sizing.memory_arithmetic == (
        "TensorFlow 500 MB + 2 versions during a change x 945 MB + 8 requests at once x 300 MB = 4790 MB"
    )
    assert sizing.headroom_arithmetic == "4790 MB x 1.2, in case: 5800 MB in whole hundreds"
    assert sizing.rate_arithmetic == "4 cores x 1000 / 80 ms = 50 requests/s at most; 50% of that = 25 requests/s"
    assert sizing.server_arithmetic == "100 requests/s need 4 servers of 25; 2 at least, so that one may fail: 4"
    (container,) = parsed(files, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["requests"] == {"cpu": "4", "memory": "5800M"}
    assert container["resources"]["limits"] == {"memory": "5800M"}
    scaling = parsed(files, "kubernetes/autoscaler.yaml")["spec"]
    assert (scaling["minReplicas"], scaling["maxReplicas"]) == (4, 16)
    assert scaling["metrics"][0]["pods"]["target"] == {"type": "AverageValue", "averageValue": "25000m"}
    compose = parsed(files, "compose.yaml")["services"]["serving"]
    assert (compose["mem_limit"], compose["cpus"]) == ("5800000000b", 4)
    for told in (sizing.model_arithmetic, sizing.memory_arithmetic, sizing.rate_arithmetic, sizing.server_arithmetic):
        assert told in files["README.md"]


def test_two_servers_are_the_least() -> None:
    assert Sizing("classifier", 99, 290, 4.2, 1, 2).servers == 2


@pytest.mark.parametrize("name", ["1", "null", "yes", "1.5", "a.b_c-d", "A" * 48])
def test_any_name_stays_a_text_in_each_file(name: str, tmp_path: Path) -> None:
    files = deployment_of(write_paper_export(tmp_path / name), milliseconds=4.2, model_megabytes=800).files()
    bound = parsed(files, "compose.yaml")["services"]["serving"]["volumes"]
    assert bound[0]["target"] == f"/models/{name}"
    (container,) = parsed(files, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == f"/v1/models/{name}/metadata"
    config = text_format.Parse(files["models.config"], model_server_config_pb2.ModelServerConfig())
    assert config.model_config_list.config[0].name == name


@pytest.mark.parametrize("name", ["a b", 'a"', "a\n", "{{a}}", "é", "-a", ".a", "a-", "A" * 49, "a: b", "$HOME"])
def test_a_name_that_could_be_more_than_a_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the name of a deployed model"):
        deployment_of(write_paper_export(tmp_path / name), milliseconds=4.2, model_megabytes=800)


def test_what_is_no_export_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="neither a classifier of strings nor a reader. Received: inputs \\['x'\\]"):
        deployment_of(write_paper_export(tmp_path / "other", ("x",)), milliseconds=4.2, model_megabytes=800)
    with pytest.raises(ExportError, match="no export at"):
        deployment_of(tmp_path / "none", milliseconds=4.2, model_megabytes=800)
    (write_paper_export(tmp_path / "broken") / "1" / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ExportError, match="is no SavedModel"):
        deployment_of(tmp_path / "broken", milliseconds=4.2, model_megabytes=800)
    with pytest.raises(InputError, match="milliseconds must be a number above 0"):
        deployment_of(write_paper_export(tmp_path / "zero"), milliseconds=0, model_megabytes=1)
