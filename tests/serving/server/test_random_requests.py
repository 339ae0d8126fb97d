import grpc
import tensorflow as tf
from fake_models import answer_to
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from random_requests import bodies, is_plain, messages, texts_of
from served import Served, serving
from tensorflow_serving.apis import predict_pb2

REFUSALS = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION)


@settings(max_examples=250, deadline=None)
@given(bodies())
def check_body(served: Served, body: bytes) -> None:
    reply = served.predict(body)
    assert reply.status in (200, 400), (body, reply)
    assert reply.status == 200 or not is_plain(body), (body, reply)
    texts = texts_of(body)
    if reply.status == 200 and texts is not None:
        answer = reply.json
        labels = (
            [row["label"] for row in answer["predictions"]] if "predictions" in answer else answer["outputs"]["label"]
        )
        assert labels == [answer_to(text)[0].decode() for text in texts], body


@settings(max_examples=150, deadline=None)
@given(messages("fake"))
def check_message(channel: grpc.Channel, message: bytes) -> None:
    call = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    try:
        answer = call(message, timeout=10)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INTERNAL if _is_broken(message) else error.code() in REFUSALS, message
        return
    texts = tf.make_ndarray(predict_pb2.PredictRequest.FromString(message).inputs["text"]).ravel().tolist()
    labels = predict_pb2.PredictResponse.FromString(answer).outputs["label"].string_val
    assert list(labels) == [answer_to(text)[0] for text in texts]


def _is_broken(message: bytes) -> bool:
    try:
        predict_pb2.PredictRequest.FromString(message)
    except DecodeError:
        return True
    return False


def test_no_body_is_a_fault_of_the_server_and_no_answer_is_about_another_text(served: Served) -> None:
    check_body(served)


def test_no_message_is_a_fault_of_the_server_and_no_answer_is_about_another_text() -> None:
    with serving() as served, grpc.insecure_channel(f"127.0.0.1:{served.grpc}") as channel:
        check_message(channel)
