"""Requests of our own, and what TensorFlow Serving answers to such: status, message, and layout."""

import gzip
import json
from typing import Any

import pytest
from fake_models import answer_to
from served import Served

IN_ROW = "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
LONG = "word " * 100

PATHS = [
    ("GET", "/v1/models", 400, "Missing model name in request."),
    ("GET", "/v1/models/", 400, "Malformed request: GET /v1/models/"),
    ("GET", "/v1/models/none", 404, "Could not find any versions of model none"),
    ("GET", "/v1/models/a%20b", 404, "Could not find any versions of model a b"),
    ("GET", "/v1/models/fake/versions/3", 404, "Could not find version 3 of model fake"),
    ("GET", "/v1/models/fake/versions/-1", 400, "Malformed request: GET /v1/models/fake/versions/-1"),
    ("GET", "/v1/models/fake:predict", 400, "Malformed request: GET /v1/models/fake:predict"),
    ("GET", "/v1/models/fake?a=1", 404, "Could not find any versions of model fake?a=1"),
    ("GET", "/v1/models/fake/metadata?a", 400, "Malformed request: GET /v1/models/fake/metadata?a"),
    ("GET", "/v1/models/none/metadata", 404, "Servable not found for request: Latest(none)"),
    ("GET", "/v1/models/fake/labels/x/metadata", 400, "Unrecognized servable version label: x"),
    ("GET", "/v1/models/fake/versions/7/metadata", 404, "Servable not found for request: Specific(fake, 7)"),
    ("PUT", "/v1/models/fake", 400, "Malformed request: PUT /v1/models/fake"),
    ("DELETE", "/v1/models/fake:predict", 400, "Malformed request: DELETE /v1/models/fake:predict"),
    ("POST", "/v1/models/fake", 400, "Malformed request: POST /v1/models/fake"),
    ("POST", "/v1/models/fake:PREDICT", 400, "Malformed request: POST /v1/models/fake:PREDICT"),
    ("POST", "/v1/models/fake:explain", 400, "Malformed request: POST /v1/models/fake:explain"),
    ("POST", "/v1/models/none:predict", 400, "JSON Parse error: The document is empty"),
    ("POST", "/v1/models/fake/labels/x/versions/1:predict", 400, None),
]


@pytest.mark.parametrize(("method", "path", "status", "message"), PATHS)
def test_paths_without_an_answer(served: Served, method: str, path: str, status: int, message: str | None) -> None:
    reply = served.ask(method, path)
    assert (reply.status, reply.content_type) == (status, "application/json")
    assert reply.error == (message or f"Malformed request: {method} {path}")


@pytest.mark.parametrize("path", ["/", "/v1", "/healthz", "/v2/models/fake", "//v1/models/fake", "/monitoring/x"])
def test_paths_outside_the_api_are_a_page(served: Served, path: str) -> None:
    reply = served.ask("GET", path)
    assert (reply.status, reply.content_type) == (404, "text/html")
    assert "<H1>Not Found</H1>" in reply.text


def test_versions_beyond_64_bits_are_refused_without_a_word(served: Served) -> None:
    for method, path in (("GET", ""), ("GET", "/metadata"), ("POST", ":predict")):
        reply = served.ask(method, f"/v1/models/fake/versions/{2**63}{path}", '{"instances": ["a"]}')
        assert (reply.status, reply.text) == (400, "")
    assert served.ask("GET", f"/v1/models/fake/versions/{2**63 - 1}").status == 404


def test_browsers_that_ask_first(served: Served) -> None:
    plain = served.ask("OPTIONS", "/v1/models/fake:predict")
    asked = served.ask("OPTIONS", "/v1/models/fake:predict", headers={"Origin": "http://example.org"})
    assert (plain.status, asked.status) == (400, 200)
    assert asked.content_type == "text/html; charset=ISO-8859-1"
    assert served.ask("HEAD", "/v1/models/fake").status == 400


def test_the_status_of_versions(served: Served) -> None:
    one = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    for path in ("/versions/1", "/versions/01"):
        reply = served.ask("GET", f"/v1/models/fake{path}")
        assert reply.json == {"model_version_status": [one]}
    for path in ("", "/METADATA", "/labels/anything"):
        versions = served.ask("GET", f"/V1/Models/fake{path}").json["model_version_status"]
        assert [version["version"] for version in versions] == ["2", "1"]
    assert reply.text.startswith('{\n "model_version_status": [\n  {\n   "version": "1",\n')


def test_the_metadata_have_each_signature(served: Served) -> None:
    reply = served.ask("GET", "/v1/models/fake/versions/1/metadata")
    assert reply.json["model_spec"] == {"name": "fake", "version": "1", "signature_name": ""}
    signatures = reply.json["metadata"]["signature_def"]["signature_def"]
    text = signatures["serving_default"]["inputs"]["text"]
    assert text == {
        "name": "call_text:0",
        "dtype": "DT_STRING",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
    }
    assert signatures["token_ids"]["method_name"] == "tensorflow/serving/predict"


BODIES: list[tuple[Any, str]] = [
    ("5", "JSON Value: 5 Is not object"),
    ("[1.50, {}]", "JSON Value: [1.5, {}] Is not object"),
    ({}, "Missing 'inputs' or 'instances' key"),
    (
        {"signature_name": 1.0},
        'JSON Value: {\n    "signature_name": 1.0\n} not formatted correctly. '
        "'signature_name' key must be a string value.",
    ),
    ({"signature_name": "x", "instances": 1}, 'Serving signature name: "x" not found in signature def'),
    ({"instances": "a"}, 'JSON Value: {\n    "instances": "a"\n} Expecting \'instances\' to be an list/array'),
    ({"instances": []}, "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array"),
    (
        {"instances": ["a"], "inputs": [1, 2]},
        'JSON Value: {\n    "instances": ["a"],\n    "inputs": [1, 2]\n} Not '
        "formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
    ),
    (
        {"instances": [LONG], "inputs": []},
        f'JSON Value: {{\n    "instances": ["{LONG}" Not formatted correctly '
        "expecting only one of 'inputs' or 'instances' keys to exist ",
    ),
    ({"instances": [5]}, f"{IN_ROW}JSON Value: 5 Type: Number is not of expected type: string"),
    ({"instances": [None]}, f"{IN_ROW}JSON Value: null Type: Null is not of expected type: string"),
    ('{"instances": [NaN]}', f"{IN_ROW}JSON Value:  Type: Number is not of expected type: string"),
    ({"instances": ["a", {"text": "b"}]}, "Expecting value/list but got object at item 1 of input list"),
    ({"instances": [{"text": "a"}, "b"]}, "Expecting object but got list at item 1 of input list"),
    (
        {"instances": [["a"], "b"]},
        "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting shape [1] but got: []",
    ),
    (
        {"instances": [["a"], ["b", "c"]]},
        "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
        "Expecting tensor size: 1 but got: 2",
    ),
    (
        {"instances": [{}]},
        "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: text",
    ),
    (
        {"instances": [{"x": "a"}]},
        "Failed to process element: 0 key: x of 'instances' list. Error: INVALID_ARGUMENT: "
        "JSON object: does not have named input: x",
    ),
    (
        {"instances": [{"text": {"b64": 5}}]},
        "Failed to process element: 0 key: text of 'instances' list. Error: "
        'INVALID_ARGUMENT: JSON Value: {\n    "b64": 5\n} not formatted correctly for base64 data',
    ),
    ({"instances": [{"b64": "A"}]}, f"{IN_ROW}Unable to base64 decode"),
    ({"instances": [{"b64": "w7vDr8O-"}]}, f"{IN_ROW}Unable to base64 decode"),
    ({"instances": [["a"]]}, "Shape of tensor _arg_text [1,1] is not compatible with expected shape [?]."),
    ({"inputs": "a"}, "Shape of tensor _arg_text [] is not compatible with expected shape [?]."),
    ({"inputs": [["a"], "b"]}, 'JSON Value: "b" found at incorrect level: 2 in the JSON DOM. Expected at level: 2'),
    ({"inputs": ["a", ["b"]]}, "Encountered list at unexpected level: 1 expected < 1"),
    ({"inputs": [["a"], ["b", "c"]]}, "Encountered list at unexpected size: 2 at level: 1 expected size: 1"),
    ({"inputs": {"x": ["a"]}}, "Missing named input: text in 'inputs' object."),
    ({"inputs": True}, "JSON Value: true Type: True is not of expected type: string"),
    (
        {"signature_name": "questions", "instances": ["a"]},
        "instances is a plain list, but expecting list of objects as "
        "multiple input tensors required as per tensorinfo_map",
    ),
    (
        {"signature_name": "questions", "instances": [{"b64": "YQ=="}]},
        "input size does not match signature: 1!=2 len({context}) != len({context,question}). Sent extra: {}. "
        "Missing but required: {question}.",
    ),
    (
        {"signature_name": "questions", "inputs": ["a"]},
        "inputs is a plain value/list, but expecting an object as "
        "multiple input tensors required as per tensorinfo_map",
    ),
    (
        {"signature_name": "questions", "instances": [{"question": "a"}]},
        "Failed to process element: 0 of 'instances' "
        'list. JSON object: {\n    "question": "a"\n} keys must be equal to: context,question',
    ),
    (
        {"signature_name": "questions", "inputs": {"question": "a", "context": "b"}},
        "Shape of tensor _arg_context [] is not compatible with expected shape [?].",
    ),
    (
        {"signature_name": "token_ids", "inputs": {"token_ids": [[1, 2.0]], "padding_mask": [[1, 1]]}},
        "JSON Value: 2.0 Type: Number is not of expected type: int32",
    ),
    (
        {"signature_name": "token_ids", "inputs": {"token_ids": [[2**31]], "padding_mask": [[1]]}},
        "JSON Value: 2147483648 Type: Number is not of expected type: int32",
    ),
    ({"signature_name": "half", "inputs": [1]}, "Conversion of JSON Value: 1 to type: half"),
    (
        {"instances": ["a"] * 10_001},
        "The request has 10001 rows, more than the 10000 that are taken at once (--max_rows)",
    ),
]


@pytest.mark.parametrize(("body", "message"), BODIES)
def test_bodies_that_are_refused(served: Served, body: Any, message: str) -> None:
    reply = served.predict(body)
    assert reply.error == message
    assert reply.status == (501 if "Conversion" in message else 400)
    assert reply.text.startswith('{\n    "error": "')


def test_lists_nested_beyond_numpy_are_refused_with_their_own_shape(served: Served) -> None:
    reply = served.predict(f'{{"instances": [{"[" * 99}"x"{"]" * 99}]}}')
    assert (
        reply.error == f"Shape of tensor _arg_text [{','.join(['1'] * 100)}] is not compatible with expected shape [?]."
    )
    assert served.predict(f'{{"inputs": {"[" * 300}"x"{"]" * 300}}}').error == "tensor parsing error: text"


def test_rows_print_a_list_on_one_line(served: Served) -> None:
    label, (first, second), length = answer_to(b"ab")
    assert served.predict({"instances": ["ab"]}).text == (
        '{\n    "predictions": [\n        {\n            "label": "even",\n            "length": 2,\n'
        f'            "probabilities": [{first:.9g}, {second:.9g}]\n        }}\n    ]\n}}'
    )
    assert label == b"even"


def test_columns_print_a_value_a_line(served: Served) -> None:
    assert served.predict({"signature_name": "one", "inputs": ["ab", "c"]}).text == (
        '{\n    "outputs": [\n        [\n            2,\n            -2\n        ],\n'
        "        [\n            1,\n            -1\n        ]\n    ]\n}"
    )
    assert served.predict({"signature_name": "one", "instances": ["ab", "c"]}).text == (
        '{\n    "predictions": [[2, -2], [1, -1]\n    ]\n}'
    )


def test_empty_columns_give_empty_lists(served: Served) -> None:
    assert served.predict({"inputs": []}).json == {"outputs": {"label": [], "length": [], "probabilities": []}}


TAKEN: list[tuple[Any, list[bytes]]] = [
    ({"instances": ["a", "bc"]}, [b"a", b"bc"]),
    ({"instances": [{"text": "a"}, {"text": "bc"}], "parameters": 1}, [b"a", b"bc"]),
    ({"instances": [{"b64": "/+8="}, {"b64": "YQ"}, {"b64": "Y\nQ=="}, {"b64": ""}]}, [b"\xff\xef", b"a", b"a", b""]),
    ({"instances": ["naïve 😀"]}, ["naïve 😀".encode()]),
    ({"inputs": ["a", {"b64": "YQ=="}]}, [b"a", b"a"]),
    ({"inputs": {"text": ["a"], "extra": [1, "x"]}}, [b"a"]),
    ('\ufeff {"instances": ["a"]} and more', [b"a"]),
    (b'{"instances": ["\xff\xe9", "\\ude00"]}', [b"\xff\xe9", b"\xed\xb8\x80"]),
    ('{"instances": ["a"], "instances": ["b"], "signature_name": "", "signature_name": "x"}', [b"a"]),
    # TensorFlow Serving gives the second row the doubled value of the first.
    ('{"instances": [{"text": "a", "text": "b"}, {"text": "c", "text": "d"}]}', [b"a", b"c"]),
]


@pytest.mark.parametrize(("body", "texts"), TAKEN)
def test_bodies_that_are_taken(served: Served, body: Any, texts: list[bytes]) -> None:
    answer = served.predict(body).json
    wanted = [(label.decode(), length) for label, _, length in map(answer_to, texts)]
    if "predictions" in answer:
        assert [(row["label"], row["length"]) for row in answer["predictions"]] == wanted
    else:
        assert list(zip(answer["outputs"]["label"], answer["outputs"]["length"], strict=True)) == wanted


def test_each_type_of_number_goes_both_ways(served: Served) -> None:
    row = {"whole": 2**62 + 1, "small": 255, "single": 0.1, "double": 1e300, "truth": True}
    reply = served.predict({"signature_name": "kinds", "instances": [row]})
    assert reply.json["predictions"] == [{"whole": 2**62 + 1, "single": 0.1, "truth": True}]
    refused = [("small", 256), ("small", -1), ("single", 2**24), ("single", 1e39), ("whole", 2**63), ("truth", 1)]
    for name, value in [*refused, ("whole", True), ("double", "1"), ("double", True)]:
        assert served.predict({"signature_name": "kinds", "instances": [row | {name: value}]}).status == 400, name


def test_any_content_type_is_taken_and_no_encoding_is_answered(served: Served) -> None:
    body = {"instances": ["a"]}
    for headers in ({"Content-Type": "text/plain"}, {"Accept-Encoding": "gzip"}, {"Content-Encoding": "deflate"}):
        reply = served.ask("POST", "/v1/models/fake:predict", body, headers)
        assert (reply.status, reply.json["predictions"][0]["label"]) == (200, "odd")


def test_gzip_bodies_are_inflated(served: Served) -> None:
    packed = gzip.compress(json.dumps({"instances": ["a"]}).encode())
    for encoding in ("gzip", "x-gzip"):
        assert served.ask("POST", "/v1/models/fake:predict", packed, {"Content-Encoding": encoding}).status == 200
    refused = served.ask("POST", "/v1/models/fake:predict", packed, {"Content-Encoding": "GZIP"})
    assert refused.error == "JSON Parse error: Invalid value. at offset: 0"
    plain = served.ask("POST", "/v1/models/fake:predict", '{"instances": ["a"]}', {"Content-Encoding": "gzip"})
    assert plain.error == "JSON Parse error: The document is empty"


def test_versions_and_labels_are_found_and_names_decoded(served: Served) -> None:
    for part in ("", "/versions/1", f"/versions/{'0' * 60}2", "/labels/stable", "/labels/st%61ble"):
        assert served.ask("POST", f"/v1/models/f%61ke{part}:predict", '{"instances": ["a"]}').status == 200
    missing = served.ask("POST", "/v1/models/fake/versions/9:predict", '{"instances": ["a"]}')
    assert (missing.status, missing.error) == (404, "Servable not found for request: Specific(fake, 9)")
    unknown = served.ask("POST", "/v1/models/none/labels/x:predict", '{"instances": ["a"]}')
    assert (unknown.status, unknown.error) == (400, "Unrecognized servable version label: x")


EXAMPLES: list[tuple[Any, str]] = [
    ("", "JSON Parse error: The document is empty"),
    (
        {"instances": 1},
        "JSON Value: {\n    \"instances\": 1\n} When method is classify, key 'examples' is expected and was not found",
    ),
    ({"examples": []}, "JSON Value: {\n    \"examples\": []\n} 'examples' value is an empty array"),
    ({"examples": "x"}, 'JSON Value: {\n    "examples": "x"\n} Expecting \'examples\' value to be an list/array'),
    ({"examples": ["x"]}, "Example must be JSON object but got JSON String"),
    ({"examples": [{"text": None}]}, "Feature: text has element with unexpected JSON type: Null"),
    ({"examples": [{"text": ["a", 1, None]}]}, "Unexpected element type in feature: text expecting type: bytes"),
    ({"examples": [{"text": ["a"]}], "context": 1}, "Example must be JSON object but got JSON Number"),
    ({"examples": [{"text": "a"}], "signature_name": "x"}, "No signature was found with the name: x"),
    ({"examples": [{"text": "a"}], "signature_name": "questions"}, "Expected one input Tensor."),
]


@pytest.mark.parametrize("verb", ["classify", "regress"])
@pytest.mark.parametrize(("body", "message"), EXAMPLES)
def test_examples_are_refused(served: Served, verb: str, body: Any, message: str) -> None:
    reply = served.ask("POST", f"/v1/models/fake:{verb}", body)
    assert (reply.status, reply.error) == (400, message)


def test_models_of_texts_take_no_examples(served: Served) -> None:
    body = {"examples": [{"text": "a"}], "context": {"a": 1.5, "b": [{"b64": "YQ=="}], "c": True}}
    classify = served.ask("POST", "/v1/models/fake:classify", body)
    assert (classify.status, classify.error) == (400, "Expected one or two output Tensors, found 3")
    assert served.ask("POST", "/v1/models/fake:regress", body).error == "Expected one output Tensor."


def test_errors_are_utf8_whatever_was_sent(served: Served) -> None:
    reply = served.predict(b'{"instances": [{"te\x93t \xc3\xa9": 1}]}')
    assert reply.error.endswith("does not have named input: te\ufffdt é")
    assert served.ask("GET", "/v1/models/%ff%c3%a9").error == "Could not find any versions of model \ufffdé"


def test_a_fault_of_the_server_is_a_500_without_its_insides(served: Served) -> None:
    reply = served.predict({"instances": ["explode"]})
    assert reply.status == 500
    assert "secret" not in reply.text
    assert served.predict({"instances": ["a"]}).status == 200
