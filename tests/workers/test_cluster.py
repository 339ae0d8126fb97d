import json
from typing import Any

import pytest

from bert_keras.errors import InputError
from bert_keras.workers import Cluster, cluster_of


def described(cluster: Any, kind: str = "worker", index: Any = 0) -> str:
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_workers_have_the_ranks_of_their_places() -> None:
    assert cluster_of(described({"worker": ["a:1", "b:2"]}, index=1)) == Cluster(("a:1", "b:2"), 1)
    assert cluster_of(described({"worker": {"1": "b:2", "0": "a:1"}}, index="1")) == Cluster(("a:1", "b:2"), 1)


def test_a_chief_is_worker_0() -> None:
    cluster = {"worker": ["a:1", "b:2"], "chief": ["c:3"]}
    assert cluster_of(described(cluster, "chief")) == Cluster(("c:3", "a:1", "b:2"), 0)
    assert cluster_of(described(cluster, "worker", 1)) == Cluster(("c:3", "a:1", "b:2"), 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "it names no cluster and task"),
        ("[]", "it names no cluster and task"),
        (described({"worker": "a:1"}), "it names no cluster and task"),
        (described({"worker": ["a:1"], "ps": ["b:2"]}), "only chief and worker take part, not ps"),
        (described({"worker": ["a:1"]}, index=1), "the cluster has no worker 1"),
        (described({"worker": ["a:1"]}, "evaluator"), "the cluster has no evaluator 0"),
        (described({"worker": ["a:1", "b:2"]}, index=0.7), "it names no cluster and task"),  # type: ignore[arg-type]
        (described({"worker": ["a:1", "b:2"]}, index=True), "it names no cluster and task"),
        (described({"worker": ["a:1", "b"]}), "'b' is not HOST:PORT"),
        (described({"worker": ["a:1", "b:99999"]}), "'b:99999' is not HOST:PORT"),
        (described({"worker": ["a:1", "a:1"]}), "the address of each worker has to be known"),
        (described({"worker": ["a:0", "a:1"]}), "the address of each worker has to be known"),
    ],
)
def test_what_names_no_workers_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=rf"TF_CONFIG: {why}.*Received: "):
        cluster_of(text)


def test_only_addresses_of_other_machines_are_listened_on_by_all_interfaces() -> None:
    assert [Cluster((address,), 0).bound for address in ("127.0.0.1:1", "localhost:1", "gpu-1:1")] == [
        "127.0.0.1",
        "localhost",
        "",
    ]
