"""Random requests for a model with one input `text`, and what an answer to one of them must be about."""

import base64
import json
from typing import Any

from hypothesis import strategies as st

from bert_keras.serving.server.protos import PredictRequest, TensorProto

_TEXTS = st.text(max_size=12) | st.sampled_from(["good", "[SEP]", "\u0000", "a" * 300, "naïve 😀"])
_B64 = st.sampled_from(["", "YQ==", "YQ", "Y Q=", "/+8=", "_-8=", "A", "====", "é"]).map(lambda text: {"b64": text})
_ODD = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | _TEXTS | _B64
_NESTED = st.recursive(
    _ODD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "b64", "x", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)
_ROWS = st.lists(_TEXTS | _B64, min_size=1, max_size=4) | st.lists(
    st.fixed_dictionaries({"text": _TEXTS | _B64}), min_size=1, max_size=4
)
_COLUMNS = st.lists(_TEXTS | _B64, max_size=4) | st.fixed_dictionaries({"text": st.lists(_TEXTS, max_size=4)})
_SIGNATURES = ("serving_default", "token_ids", "questions", "kinds", "__saved_model_init_op")
_KEYS = ("instances", "inputs", "signature_name", "x", "text")


@st.composite
def _objects(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from([0, 0, 1, 1, 2, 3, 4]))
    if kind == 0:
        return {"instances": draw(_ROWS)}
    if kind == 1:
        return {"inputs": draw(_COLUMNS)}
    if kind == 2:
        return {"instances": draw(st.lists(_NESTED, max_size=3))}
    if kind == 4:
        return {"signature_name": draw(st.sampled_from(_SIGNATURES)), "instances": draw(_ROWS | st.lists(_NESTED))}
    return draw(st.dictionaries(st.sampled_from(_KEYS), _NESTED, max_size=3))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bodies of JSON: right ones, odd ones, and ones with a few bytes changed."""
    written = json.dumps(draw(_objects()), ensure_ascii=draw(st.booleans()))
    body = bytearray(written.encode(errors="surrogatepass"))
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        place = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 3))
        put = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"[", b"}", b"\\u", b"\\ud83d", b",", b"1e9", b"\xff"])
        )
        body[place : place + cut] = put
    return bytes(body)


def texts_of(body: bytes) -> list[bytes] | None:
    """What a body that is answered must be about, read in another way than the server's; `None` if that is not sure."""
    try:
        text = body.decode().lstrip("\ufeff \n\r\t")
        value, _ = json.JSONDecoder(object_pairs_hook=_first_wins).raw_decode(text)
        if value.get("signature_name", "") not in ("", "serving_default"):
            return None
        rows = value["instances"] if "instances" in value else value["inputs"]
        rows = rows["text"] if isinstance(rows, dict) and "text" in rows else rows
        return [_bytes(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _first_wins(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(members))


def _bytes(row: Any) -> bytes:
    value = row["text"] if isinstance(row, dict) and "text" in row else row
    if isinstance(value, dict):
        packed = "".join(value["b64"].split())
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    return str.encode(value)


def is_plain(body: bytes) -> bool:
    """Whether a body is one that must be answered: rows of texts, and nothing else."""
    try:
        value = json.loads(body)
        rows = value["instances"]
        texts = isinstance(rows, list) and all(isinstance(row, str) and row.encode() for row in rows)
        return set(value) == {"instances"} and texts and bool(rows)
    except (ValueError, TypeError, KeyError):
        return False


_STRINGS = st.lists(st.binary(max_size=6), max_size=4)


@st.composite
def messages(draw: st.DrawFn, model: str) -> bytes:
    """Serialized requests over gRPC: right ones, odd ones, and ones with a few bytes changed."""
    request = PredictRequest()
    request.model_spec.name = draw(st.sampled_from([model, model, model, "", "x"]))
    request.model_spec.signature_name = draw(st.sampled_from(["", "", "serving_default", "x"]))
    texts = draw(_STRINGS)
    for name in draw(st.sampled_from([["text"], ["text"], [], ["text", "x"], ["x"]])):
        tensor = TensorProto(dtype=draw(st.sampled_from([7, 7, 7, 7, 1, 3, 0, 14, 99])), string_val=texts)
        for size in draw(st.just([len(texts)]) | st.lists(st.sampled_from([-1, 0, 1, 2, 2**40]), max_size=3)):
            tensor.tensor_shape.dim.add(size=size)
        if draw(st.integers(0, 7)) == 0:
            tensor.tensor_content = draw(st.binary(max_size=8))
        request.inputs[name].CopyFrom(tensor)
    body = bytearray(request.SerializeToString())
    if draw(st.integers(0, 5)) == 5 and body:
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body)
