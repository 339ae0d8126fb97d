"""What a client costs a process that only calls a server."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_client_does_not_import_tensorflow(scheme: str) -> None:
    code = (
        "import sys; from bert_keras.serving import Client; "
        f"client = Client('{scheme}://127.0.0.1:9', 'm', retries=0); "
        "print(client.classify([]), sorted({'tensorflow', 'keras', 'grpc'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ("[] []" if scheme == "http" else "[] ['grpc']")
