import json
import socket
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from fake_models import FakeModels
from grpc_health.v1 import health_pb2, health_pb2_grpc
from served import free_port, serving

from bert_keras.errors import InputError
from bert_keras.serving.server import ServerSettings, VersionStatus, read_credentials
from bert_keras.serving.server.metrics import Metrics
from bert_keras.serving.server.records import RequestRecord
from bert_keras.serving.server.server import check_port
from bert_keras.serving.server.watch import VersionEvent, VersionWatch

CERTIFICATES = Path(__file__).parents[1] / "client" / "certificates"
PAGE = "/monitoring/prometheus/metrics"


def test_requests_are_counted_under_the_names_of_tensorflow_serving() -> None:
    with serving(metrics_path=PAGE) as served:
        assert served.predict({"instances": ["a", "b"]}).status == 200
        assert served.predict({"instances": [1]}).status == 400
        assert served.ask("POST", "/v1/models/made-up:predict", '{"instances": ["a"]}').status == 404
        page = served.ask("GET", PAGE)
    assert (page.status, page.content_type) == (200, "text/plain")
    lines = page.text.splitlines()
    assert ':tensorflow:serving:request_count{model_name="fake",status="OK"} 1' in lines
    assert ':tensorflow:serving:request_count{model_name="fake",status="INVALID_ARGUMENT"} 1' in lines
    labels = 'model_name="fake",API="Predict",entrypoint="REST"'
    assert f":tensorflow:serving:request_latency_count{{{labels}}} 2" in lines
    assert f':tensorflow:serving:request_latency_bucket{{{labels},le="+Inf"}} 2' in lines
    assert ':tensorflow:serving:runtime_latency_count{model_name="fake",API="Predict",runtime="TF1"} 1' in lines
    assert "made-up" not in page.text
    assert page.text.endswith("\n")


def test_times_fall_into_the_buckets_of_tensorflow_serving() -> None:
    metrics = Metrics(lambda: 3)
    for seconds in (5e-6, 10e-6, 17e-6, 20e-6, 1e6):
        metrics.add(RequestRecord("GRPC", "Predict", "m", api="Predict", model='a"\\\n', seconds=seconds))
    lines = metrics.page().splitlines()
    labels = 'model_name="a\\"\\\\\\n",API="Predict",entrypoint="GRPC"'
    counts = [
        line.rpartition(" ")[2] for line in lines if line.startswith(":tensorflow:serving:request_latency_bucket")
    ]
    assert [line for line in lines if 'le="18"' in line] == [
        f':tensorflow:serving:request_latency_bucket{{{labels},le="18"}} 3'
    ]
    assert (counts[0], counts[1], counts[2], counts[-1], len(counts)) == ("1", "3", "4", "5", 34)
    assert ":bert_keras:serving:waiting_requests{} 3" in lines


def test_each_request_is_recorded_without_its_text() -> None:
    with serving() as served:
        served.predict({"instances": ["a secret", "another"]})
        served.ask("GET", "/v1/models/fake?secret")
        served.ask("GET", "/x")
    first, second, third = served.records
    assert (first.method, first.path, first.status, first.rows) == ("POST", "/v1/models/fake:predict", 200, 2)
    assert 0 < first.model_seconds <= first.seconds
    assert (second.path, second.status, third.path, third.status) == ("/v1/models/fake", 404, "/x", 404)
    assert "secret" not in repr(served.records)


def test_changes_of_versions_are_told_once() -> None:
    models, events = FakeModels(), list[VersionEvent]()
    watch = VersionWatch(models, lambda: ["fake", "none"], events.append)
    watch.look()
    watch.look()
    assert [(event.model, event.status.version) for event in events] == [("fake", 1), ("fake", 2)]
    broken = VersionStatus(3, "END", 3, "no graph")
    models.states[3] = broken
    models.states[1] = VersionStatus(1, "END")
    watch.look()
    assert [event.status for event in events[2:]] == [VersionStatus(1, "END"), broken]


def test_a_port_in_use_is_told_before_models_load() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=rf"127.0.0.1:{port} cannot be listened on \(Address already in use\)"):
            check_port("127.0.0.1", port)
    with pytest.raises(InputError, match="cannot be listened on"):
        check_port("192.0.2.1", port)
    check_port("127.0.0.1", free_port())


def test_the_server_listens_on_this_machine_alone_unless_told_otherwise() -> None:
    assert ServerSettings().host == "127.0.0.1"


def ssl_config(folder: Path, **more: object) -> str:
    """A file of the keys of the server."""
    fields = {"server_key": pem("server.key"), "server_cert": pem("server.pem"), **more}
    file = folder / "ssl.config"
    file.write_text("\n".join(f"{name}: {json.dumps(value)}" for name, value in fields.items()))
    return str(file)


def pem(name: str) -> str:
    return (CERTIFICATES / name).read_text()


def health(channel: grpc.Channel) -> int:
    with channel:
        return int(health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10).status)


def test_the_grpc_port_speaks_tls_and_rest_stays_plain(tmp_path: Path) -> None:
    trusted = grpc.ssl_channel_credentials(pem("authority.pem").encode())
    with serving(credentials=read_credentials(ssl_config(tmp_path))) as served:
        assert health(grpc.secure_channel(f"localhost:{served.grpc}", trusted)) == 1
        with pytest.raises(grpc.RpcError):
            health(grpc.insecure_channel(f"localhost:{served.grpc}"))
        assert served.ask("GET", "/v1/models/fake").status == 200


def test_clients_may_have_to_show_a_certificate(tmp_path: Path) -> None:
    authority = pem("authority.pem")
    config = ssl_config(tmp_path, custom_ca=authority, client_verify=True)
    known = grpc.ssl_channel_credentials(authority.encode(), pem("client.key").encode(), pem("client.pem").encode())
    with serving(credentials=read_credentials(config)) as served:
        assert health(grpc.secure_channel(f"localhost:{served.grpc}", known)) == 1
        with pytest.raises(grpc.RpcError):
            health(grpc.secure_channel(f"localhost:{served.grpc}", grpc.ssl_channel_credentials(authority.encode())))


def test_messages_are_imported_without_tensorflow_which_can_follow() -> None:
    script = (
        "import sys\n"
        "from bert_keras.serving.server.protos import PredictRequest, SignatureDef\n"
        "from bert_keras.serving.server import Server\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
        "from tensorflow.core.protobuf import meta_graph_pb2\n"
        "import tensorflow as tf\n"
        "assert meta_graph_pb2.SignatureDef is SignatureDef\n"
        "assert tf.make_ndarray(tf.make_tensor_proto([1])).tolist() == [1]\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100)
    assert ended.returncode == 0, ended.stderr[-2000:]
