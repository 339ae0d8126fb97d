from bert_keras.serving.server.dtypes import FLOAT, INT32, STRING
from bert_keras.serving.server.models.mergeable import mergeable_signatures
from bert_keras.serving.server.protos import SignatureDef

Tensors = dict[str, tuple[int, list[int] | None]]
LABELS: Tensors = {
    "label": (STRING, [-1]),
    "probability": (FLOAT, [-1]),
    "labels": (STRING, [-1, 2]),
    "probabilities": (FLOAT, [-1, 2]),
}
MATRICES: Tensors = {"token_ids": (INT32, [-1, -1]), "padding_mask": (INT32, [-1, -1])}


def signature(inputs: Tensors, outputs: Tensors) -> SignatureDef:
    """A signature of tensors with a dtype and a shape."""
    made = SignatureDef()
    for side, tensors in ((made.inputs, inputs), (made.outputs, outputs)):
        for name, (dtype, shape) in tensors.items():
            side[name].dtype = dtype
            side[name].tensor_shape.unknown_rank = shape is None
            for size in shape or []:
                side[name].tensor_shape.dim.add(size=size)
    return made


TEXT = signature({"text": (STRING, [-1])}, LABELS)
PAIRS = signature({"text": (STRING, [-1]), "pair": (STRING, [-1])}, LABELS)
TOKENS = signature(MATRICES | {"segment_ids": (INT32, [-1, -1])}, LABELS)
SPANS = signature(MATRICES, {"start": (FLOAT, [-1, -1]), "end": (FLOAT, [-1, -1])})
VECTORS = signature({"text": (STRING, [-1])}, {"vector": (FLOAT, [-1, 384]), "text": (STRING, [-1])})
CHOSEN = signature({"text": (STRING, [-1])}, {name: (FLOAT, [-1, 3]) for name in ("chosen", "labels", "probabilities")})
SCORE = signature(MATRICES, {"score": (FLOAT, [-1]), "tokens": (INT32, [-1])})
EXPLAINED = signature({"text": (STRING, [-1])}, {"tokens": (STRING, [-1, -1]), "label": (STRING, [-1])})
FOREIGN = signature({"x": (FLOAT, [-1, 4])}, {"y": (FLOAT, [-1])})
ANSWERS = signature(
    {"question": (STRING, [-1]), "context": (STRING, [-1])},
    {name: (STRING, [-1]) for name in ("answer", "start", "end", "score")}
    | {name: (STRING, [-1, 20]) for name in ("answers", "starts", "ends", "scores", "null_odds")},
)


def test_signatures_of_our_exports_are_known() -> None:
    for known in (TEXT, PAIRS, TOKENS, SPANS, ANSWERS, CHOSEN, SCORE):
        assert mergeable_signatures({"s": known}, all_exports=False) == {"s"}


def test_signatures_of_other_exports_are_merged_only_on_demand() -> None:
    for other in (
        FOREIGN,
        VECTORS,
        signature({"text": (INT32, [-1])}, LABELS),
        signature(MATRICES, {"y": (FLOAT, [-1])}),
    ):
        assert mergeable_signatures({"s": other}, all_exports=False) == set()
    assert mergeable_signatures({"s": FOREIGN}, all_exports=True) == {"s"}


def test_an_answer_never_takes_its_shape_from_its_neighbours() -> None:
    """Tokens of texts are padded to the longest text; tokens of matrices of one width are not."""
    signatures = {"serving_default": TEXT, "embed": VECTORS, "explain": EXPLAINED, "spans": SPANS}
    for all_exports in (False, True):
        assert mergeable_signatures(signatures, all_exports) == {"serving_default", "embed", "spans"}


def test_what_has_no_rows_is_never_merged() -> None:
    text: Tensors = {"text": (STRING, [-1])}
    for inputs, outputs in (
        ({}, LABELS),
        (text | {"limit": (INT32, [])}, LABELS),
        (text | {"limit": (INT32, [1])}, LABELS),
        ({"text": (STRING, None)}, LABELS),
        (text, LABELS | {"sum": (FLOAT, [])}),
        (text, LABELS | {"sum": (FLOAT, None)}),
        (text, LABELS | {"two": (FLOAT, [2])}),
    ):
        assert mergeable_signatures({"s": signature(inputs, outputs), "t": TEXT}, True) == {"t"}
