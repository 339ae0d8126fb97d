"""Sends random requests to a served export, and looks for faults: answers of 5xx, ends of processes, wrong answers.

    python benchmarks/serving/fuzz.py --export saved_models/demo --requests 20000

Half of the requests go over REST and half over gRPC. An answer is wrong if it differs from the answer to a plain
request of the same texts. The export is a classifier of single texts.
"""

import argparse
import collections
import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "serving" / "server"))

from random_requests import bodies, is_plain, messages, texts_of

from bert_keras.serving.server.protos import PredictRequest, PredictResponse
from bert_keras.serving.server.tensors import array_of

MODEL = "fuzzed"
REFUSALS = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION"}
TOLERANCE = 2e-5  # of probabilities: rows that run together differ in their last digits
Answers = list[tuple[str, float]]


class Client:
    """A connection to the server, and what came of its requests."""

    def __init__(self, rest: int, port: int) -> None:
        self.rest = http.client.HTTPConnection("127.0.0.1", rest, timeout=60)
        self.call = grpc.insecure_channel(f"127.0.0.1:{port}").unary_unary(
            "/tensorflow.serving.PredictionService/Predict"
        )
        self.seen: collections.Counter[str] = collections.Counter()
        self.faults: list[str] = []

    def predict(self, body: bytes) -> tuple[int, Any]:
        """Returns the status and the JSON of an answer."""
        self.rest.request("POST", f"/v1/models/{MODEL}:predict", body)
        answer = self.rest.getresponse()
        return answer.status, json.loads(answer.read())

    def plain(self, texts: list[bytes]) -> Answers:
        """Returns the label and the probability of each text."""
        rows = [{"b64": b64encode(text).decode()} for text in texts]
        status, answer = self.predict(json.dumps({"instances": rows}).encode())
        assert status == 200, answer
        return [(row["label"], row["probability"]) for row in answer["predictions"]]

    def note(self, what: str, sent: bytes, detail: Any) -> None:
        """Notes a fault."""
        self.faults.append(f"{what}: {sent!r:.300} {detail!r:.300}")

    def check_body(self, body: bytes) -> None:
        """Sends a body, and checks the answer."""
        status, answer = self.predict(body)
        self.seen[f"REST {status}"] += 1
        texts = texts_of(body)
        if status not in (200, 400) or (status != 200 and is_plain(body)):
            self.note(f"status {status}", body, answer)
        elif status == 200 and texts is not None:
            found = answer.get("predictions") or answer.get("outputs")
            if isinstance(found, dict):
                given = list(zip(found["label"], found["probability"], strict=True))
            else:
                given = [(row["label"], row["probability"]) for row in found]
            if texts and not _same(given, self.plain(texts)):
                self.note("another answer", body, answer)
            self.seen["REST answers compared"] += 1

    def check_message(self, message: bytes) -> None:
        """Sends a message, and checks the answer."""
        try:
            answer = self.call(message, timeout=60)
        except grpc.RpcError as error:
            self.seen[f"gRPC {error.code().name}"] += 1
            if error.code().name not in REFUSALS and not _is_broken(message):
                self.note(f"code {error.code().name}", message, error.details())
            return
        self.seen["gRPC OK"] += 1
        texts = array_of(PredictRequest.FromString(message).inputs["text"], 10**6).ravel().tolist()
        outputs = PredictResponse.FromString(answer).outputs
        labels = [label.decode() for label in outputs["label"].string_val]
        if texts and not _same(list(zip(labels, outputs["probability"].float_val, strict=True)), self.plain(texts)):
            self.note("another answer", message, labels)


def _same(given: Answers, wanted: Answers) -> bool:
    if [label for label, _ in given] != [label for label, _ in wanted]:
        return False
    return bool(np.allclose([share for _, share in given], [share for _, share in wanted], atol=TOLERANCE, rtol=0))


def _is_broken(message: bytes) -> bool:
    try:
        PredictRequest.FromString(message)
    except DecodeError:
        return True
    return False


@contextlib.contextmanager
def server(export: Path) -> Iterator[tuple[subprocess.Popen[bytes], Client]]:
    """Serves the export while the block runs."""
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    flags = [f"--rest_api_port={ports[0]}", f"--port={ports[1]}", f"--model_base_path={export}", "--log_requests=false"]
    command = [sys.executable, "-m", "pipelines.serve", f"--model_name={MODEL}", *flags]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", ports[0])).close()
                break
            time.sleep(0.1)
        yield process, Client(*ports)
    finally:
        process.terminate()
        process.wait(60)


def main() -> None:
    """Sends the requests, and prints what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--export", type=Path, required=True, help="folder of an exported classifier")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = settings(
        max_examples=options.requests // 2,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    start = time.monotonic()
    with server(options.export) as (process, client):
        seed(options.seed)(chosen(given(bodies())(client.check_body)))()
        seed(options.seed)(chosen(given(messages(MODEL))(client.check_message)))()
        ended = process.poll()
    for what, count in sorted(client.seen.items()):
        print(f"{count:7,}  {what}")
    for fault in client.faults[:20]:
        print(f"fault: {fault}")
    alive = "the server ran to the end" if ended is None else f"the server ended with {ended}"
    print(f"{len(client.faults)} faults; {alive}; {time.monotonic() - start:.0f} s")
    sys.exit(bool(client.faults) or ended is not None)


if __name__ == "__main__":
    main()
