import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from fake_models import FakeModels, answer_to
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from served import Served, serving
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from bert_keras.serving.server import Limits, ModelSettings

CODES = grpc.StatusCode


@pytest.fixture(scope="module")
def channel(served: Served) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{served.grpc}") as opened:
        yield opened


@pytest.fixture(scope="module")
def predictions(channel: grpc.Channel) -> prediction_service_pb2_grpc.PredictionServiceStub:
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope="module")
def models(channel: grpc.Channel) -> model_service_pb2_grpc.ModelServiceStub:
    return model_service_pb2_grpc.ModelServiceStub(channel)


def request(name: str = "fake", signature: str = "", **inputs: Any) -> predict_pb2.PredictRequest:
    built = predict_pb2.PredictRequest()
    built.model_spec.name, built.model_spec.signature_name = name, signature
    for key, value in inputs.items():
        built.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return built


def refusal(call: Callable[[Any], Any], asked: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call(asked)
    return refused.value.code(), refused.value.details()


def test_predict_answers_what_the_model_answers(predictions: Any) -> None:
    texts = [b"a", b"\xff\xfe", "é".encode()]
    response = predictions.Predict(request(text=texts))
    found = {name: tf.make_ndarray(tensor) for name, tensor in response.outputs.items()}
    answers = [answer_to(text) for text in texts]
    assert found["label"].tolist() == [label for label, _, _ in answers]
    assert found["probabilities"].tolist() == [both for _, both, _ in answers]
    assert found["length"].dtype == np.int64
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("fake", 2, "serving_default")


def test_predict_takes_versions_labels_and_a_filter(predictions: Any) -> None:
    asked = request(text=["a"])
    asked.model_spec.version.value = 1
    asked.output_filter.append("length")
    response = predictions.Predict(asked)
    assert (response.model_spec.version.value, list(response.outputs)) == (1, ["length"])
    asked.model_spec.version_label = "stable"
    assert predictions.Predict(asked).model_spec.version.value == 1


def test_what_predict_refuses(predictions: Any) -> None:
    filtered, doubled, unknown, versioned, no_content = (request(text=["a"]) for _ in range(5))
    filtered.output_filter.append("x")
    doubled.output_filter.extend(["label", "label"])
    unknown.model_spec.version_label = "x"
    versioned.model_spec.version.value = 7
    no_content.inputs["text"].tensor_shape.dim[0].size = 10**12
    expected = [
        (predict_pb2.PredictRequest(), CODES.INVALID_ARGUMENT, "Missing ModelSpec"),
        (request("", text=["a"]), CODES.INVALID_ARGUMENT, "ModelSpec has no name specified."),
        (request("x", text=["a"]), CODES.NOT_FOUND, "Servable not found for request: Latest(x)"),
        (versioned, CODES.NOT_FOUND, "Servable not found for request: Specific(fake, 7)"),
        (unknown, CODES.INVALID_ARGUMENT, "Unrecognized servable version label: x"),
        (request(signature="x", text=["a"]), CODES.FAILED_PRECONDITION, 'Serving signature key "x" not found.'),
        (
            request(),
            CODES.INVALID_ARGUMENT,
            "input size does not match signature: 0!=1 len({}) != len({text}). Sent extra: {}. "
            "Missing but required: {text}.",
        ),
        (
            request(text=["a"], more=[1]),
            CODES.INVALID_ARGUMENT,
            "input size does not match signature: 2!=1 len({more,text}) != len({text}). Sent extra: {more}. "
            "Missing but required: {}.",
        ),
        (
            request(x=["a"]),
            CODES.INVALID_ARGUMENT,
            "Signature input alias: text(feed name: call_text:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {x}, or default input alias set: ",
        ),
        (request(text=[1]), CODES.INVALID_ARGUMENT, "Expects arg[0] to be string but int32 is provided"),
        (
            request(signature="questions", context=["a"], question=[1]),
            CODES.INVALID_ARGUMENT,
            "Expects arg[1] to be string but int32 is provided",
        ),
        (
            request(text="a"),
            CODES.INVALID_ARGUMENT,
            "Shape of tensor _arg_text [] is not compatible with expected shape [?].",
        ),
        (
            no_content,
            CODES.INVALID_ARGUMENT,
            "tensor parsing error: text: it has 1000000000000 elements, of which 1 are given",
        ),
        (
            filtered,
            CODES.INVALID_ARGUMENT,
            "output tensor alias not found in signature: x Outputs expected to be in the set "
            "{label,length,probabilities}.",
        ),
        (doubled, CODES.INVALID_ARGUMENT, "duplicate output tensor alias: label"),
    ]
    for asked, code, message in expected:
        assert refusal(predictions.Predict, asked) == (code, message)


def test_a_fault_of_the_server_does_not_show_its_insides(predictions: Any) -> None:
    code, message = refusal(predictions.Predict, request(text=["explode"]))
    assert code == CODES.INTERNAL
    assert "secret" not in message


def test_a_message_that_cannot_be_read_is_told_and_logged_nowhere(
    channel: grpc.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    call = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    assert refusal(call, b"\xff\xff") == (CODES.INTERNAL, "The message of the call cannot be read")
    assert not caplog.records


def test_metadata_have_each_signature(predictions: Any) -> None:
    asked = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    asked.model_spec.name = "fake"
    response = predictions.GetModelMetadata(asked)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert signatures.signature_def["serving_default"].inputs["text"].name == "call_text:0"
    assert response.model_spec.version.value == 2
    del asked.metadata_field[:]
    assert refusal(predictions.GetModelMetadata, asked) == (
        CODES.INVALID_ARGUMENT,
        "GetModelMetadataRequest must specify at least one metadata_field",
    )
    asked.metadata_field.append("x")
    assert refusal(predictions.GetModelMetadata, asked)[0] == CODES.INVALID_ARGUMENT


def test_examples_are_refused_over_grpc_too(predictions: Any) -> None:
    classify, regress = classification_pb2.ClassificationRequest(), regression_pb2.RegressionRequest()
    both = inference_pb2.MultiInferenceRequest()
    for asked in (classify, regress, both.tasks.add()):
        asked.model_spec.name = "fake"
    message = "Expected one or two output Tensors, found 3"
    assert refusal(predictions.Classify, classify) == (CODES.INVALID_ARGUMENT, message)
    assert refusal(predictions.Regress, regress) == (CODES.INVALID_ARGUMENT, "Expected one output Tensor.")
    assert refusal(predictions.MultiInference, both) == (CODES.INVALID_ARGUMENT, message)


def test_the_status_of_versions_over_grpc(models: Any) -> None:
    asked = get_model_status_pb2.GetModelStatusRequest()
    assert refusal(models.GetModelStatus, asked) == (CODES.INVALID_ARGUMENT, "Missing ModelSpec")
    asked.model_spec.name = "fake"
    states = models.GetModelStatus(asked).model_version_status
    assert [(state.version, state.state, state.status.error_code) for state in states] == [(2, 30, 0), (1, 30, 0)]
    asked.model_spec.version.value = 3
    assert refusal(models.GetModelStatus, asked) == (CODES.NOT_FOUND, "Could not find version 3 of model fake")


def test_the_list_of_models_can_be_replaced(models: Any, served: Served, tmp_path: Any) -> None:
    asked = model_management_pb2.ReloadConfigRequest()
    code, message = refusal(models.HandleReloadConfigRequest, asked)
    assert (code, message.startswith("ServerModelConfig type not supported")) == (CODES.INVALID_ARGUMENT, True)
    entry = asked.config.model_config_list.config.add(name="fake", base_path=str(tmp_path))
    entry.model_version_policy.specific.versions.extend([3, 1])
    entry.version_labels["stable"] = 1
    assert models.HandleReloadConfigRequest(asked).status.error_code == 0
    assert served.models.reloaded == [ModelSettings("fake", str(tmp_path), 1, (1, 3), {"stable": 1})]
    entry.base_path = "/none"
    assert refusal(models.HandleReloadConfigRequest, asked)[0] == CODES.INVALID_ARGUMENT


def test_health_is_told_and_services_can_be_listed(channel: grpc.Channel) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "tensorflow.serving.PredictionService"):
        assert health.Check(health_pb2.HealthCheckRequest(service=service)).status == 1
    listing = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
        iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    )
    names = {service.name for service in next(listing).list_services_response.service}
    assert {"tensorflow.serving.PredictionService", "tensorflow.serving.ModelService"} <= names


def test_deadlines_and_limits_of_calls() -> None:
    limits = Limits(body_bytes=5000, rows=2, waiting_requests=1, drain_seconds=1)
    with (
        serving(FakeModels(seconds=0.5), limits) as slow,
        grpc.insecure_channel(f"127.0.0.1:{slow.grpc}") as channel,
    ):
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        with pytest.raises(grpc.RpcError) as late:
            stub.Predict(request(text=["a"]), timeout=0.2)
        assert late.value.code() == CODES.DEADLINE_EXCEEDED
        assert refusal(stub.Predict, request(text=["a"] * 3))[0] == CODES.INVALID_ARGUMENT
        assert refusal(stub.Predict, request(text=["a" * 6000]))[0] == CODES.RESOURCE_EXHAUSTED


def test_a_call_more_than_may_wait_is_refused_with_the_reason() -> None:
    limits = Limits(waiting_requests=1, drain_seconds=1)
    with (
        serving(FakeModels(seconds=0.5), limits) as slow,
        grpc.insecure_channel(f"127.0.0.1:{slow.grpc}") as channel,
    ):
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        running = stub.Predict.future(request(text=["a"]))
        time.sleep(0.2)
        code, reason = refusal(stub.Predict, request(text=["b"]))
        assert code == CODES.UNAVAILABLE and "(--max_waiting_requests)" in reason
        assert running.result(5).model_spec.name == "fake"


def test_a_call_that_runs_when_the_server_ends_is_answered() -> None:
    with serving(FakeModels(seconds=0.5)) as slow:
        channel = grpc.insecure_channel(f"127.0.0.1:{slow.grpc}")
        running = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict.future(request(text=["a"]))
        time.sleep(0.2)
    assert running.result(5).model_spec.name == "fake"
    channel.close()
