import functools
import timeit
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st
from windows import Windows, windows

from bert_keras.qa import decoding, graph_decoding

COLUMN, LEVELS, TABLE, SCALAR = (
    tf.TensorSpec([None], tf.int64),
    tf.TensorSpec([None], tf.int32),
    tf.TensorSpec([None, None], tf.float32),
    tf.TensorSpec([], tf.int32),
)
# What TF Serving has had since 2.12; an op that is new here has to be looked up there.
OPS = {
    *(
        "AddV2",
        "Cast",
        "ConcatV2",
        "Const",
        "Cumsum",
        "Equal",
        "Exp",
        "ExpandDims",
        "Fill",
        "FloorDiv",
        "FloorMod",
        "GatherV2",
    ),
    *(
        "Greater",
        "Identity",
        "IsFinite",
        "Less",
        "Log",
        "LogicalAnd",
        "Max",
        "Maximum",
        "Minimum",
        "Mul",
        "Neg",
        "NoOp",
        "Pack",
    ),
    *(
        "Pad",
        "PadV2",
        "Placeholder",
        "Range",
        "Reshape",
        "SelectV2",
        "Shape",
        "Size",
        "StopGradient",
        "StridedSlice",
        "Sub",
        "Sum",
    ),
    *("Tile", "TopKV2", "UnsortedSegmentMax", "UnsortedSegmentMin", "UnsortedSegmentSum"),
    # What leaving out overlapping spans takes; all older than 2.0 but for the loop's op.
    *("Any", "GreaterEqual", "LessEqual", "LogicalNot", "NonMaxSuppressionV4", "OnesLike", "Prod", "Squeeze"),
    *("StatelessWhile", "TensorScatterUpdate", "Unpack", "Where", "ZerosLike"),
}


def decode(
    implementation: Any, rows: Windows, n_best: Any, max_answer_tokens: Any, with_null: bool, levels: Any = (2, 3)
) -> tuple[Any, Any, Any]:
    best = implementation.best_windows(rows.documents, rows.begins, rows.lengths)
    bounds = implementation.window_bounds(rows.levels, rows.firsts, rows.begins, rows.lengths, *levels)
    bounds = bounds._replace(may_begin=best & bounds.may_begin)
    candidates = implementation.window_candidates(*rows[:5], bounds, n_best, max_answer_tokens)
    return best, candidates, implementation.document_spans(candidates, rows.documents, rows.count, n_best, with_null)


@functools.cache
def graph(with_null: bool) -> Any:
    """The whole of decoding as one graph that knows no shape, no n_best and no length of answers."""

    @tf.function(input_signature=[*[TABLE] * 2, *[COLUMN] * 5, LEVELS, *[SCALAR] * 5], autograph=False)
    def traced(*arguments: Any) -> Any:
        *limits, least, stop = arguments[9:]
        return decode(graph_decoding, Windows(*arguments[:9]), *limits, with_null, (least, stop))

    return traced


def assert_same(rows: Windows, n_best: int, max_answer_tokens: int, with_null: bool, *levels: int) -> None:
    levels = levels or (2, 3)
    expected = decode(decoding, rows, n_best, max_answer_tokens, with_null, levels)
    found = graph(with_null)(*rows, n_best, max_answer_tokens, *levels)
    for one, other in zip(tf.nest.flatten(expected), tf.nest.flatten(found), strict=True):
        one = np.asarray(one)
        assert (one.dtype, one.shape) == (other.dtype.as_numpy_dtype, tuple(other.shape))
    np.testing.assert_array_equal(found[0], expected[0])
    for name in ("scores", "starts", "ends", "nulls"):  # sums of two numbers: equal bit by bit
        np.testing.assert_array_equal(getattr(found[1], name), getattr(expected[1], name), name)
        np.testing.assert_array_equal(getattr(found[2], name), getattr(expected[2], name), name)
    np.testing.assert_allclose(found[1].totals, expected[1].totals, rtol=1e-5, atol=1e-5)
    for name in ("probabilities", "null_odds", "null_probability", "totals"):
        np.testing.assert_allclose(
            getattr(found[2], name), getattr(expected[2], name), rtol=1e-4, atol=1e-6, err_msg=name
        )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    windows(),
    st.sampled_from([1, 2, 5, 40]),
    st.sampled_from([1, 2, 4, 30]),
    st.booleans(),
    st.sampled_from([1, 2]),
    st.sampled_from([3, 4]),
)
def test_the_graph_gives_what_the_reference_gives(
    rows: Windows, n_best: int, max_answer_tokens: int, with_null: bool, least: int, stop: int
) -> None:
    assert_same(rows, n_best, max_answer_tokens, with_null, least, stop)


def test_no_windows_at_all_give_what_the_reference_gives() -> None:
    none = np.zeros(0, np.int64)
    logits = np.zeros((0, 8), np.float32)
    for with_null in (True, False):
        assert_same(Windows(logits, logits, *[none] * 5, none.astype(np.int32), 2), 3, 30, with_null)


def test_windows_of_full_size_give_what_the_reference_gives() -> None:
    count, length = 40, 300
    random = np.random.default_rng(0)
    start, end = random.choice([-3.0, 0.0, 0.25, 4.0], (2, count, 384)).astype(np.float32)
    begins = np.concatenate([np.arange(25), np.arange(15)]) * 172
    documents = np.repeat([0, 2], [25, 15])
    levels = random.choice([1, 2, 3], 25 * 172 + 15 * 172 + 2 * length).astype(np.int32)
    firsts = np.repeat([0, 24 * 172 + length], [25, 15])
    rows = Windows(start, end, np.full(count, 20), np.full(count, length), begins, documents, firsts, levels, 3)
    assert_same(rows, 20, 30, True)


def test_numbers_given_in_python_leave_shapes_that_signatures_can_state() -> None:
    @tf.function(input_signature=[*[TABLE] * 2, *[COLUMN] * 5, LEVELS, SCALAR], autograph=False)
    def traced(*arguments: Any) -> Any:
        return decode(graph_decoding, Windows(*arguments), 20, 30, True)[2]

    shapes = [values.shape.as_list() for values in traced.get_concrete_function().structured_outputs]
    assert shapes == [[None, 20]] * 4 + [[None]] * 4


@pytest.mark.parametrize("with_null", [True, False])
def test_the_graph_has_only_ops_that_servers_have(with_null: bool) -> None:
    definition = graph(with_null).get_concrete_function().graph.as_graph_def()
    bodies = [definition.node, *(function.node_def for function in definition.library.function)]
    assert {node.op for nodes in bodies for node in nodes} <= OPS


def test_one_window_is_decoded_in_a_small_part_of_a_models_time() -> None:
    random = np.random.default_rng(0)
    start, end = random.normal(size=(2, 1, 320)).astype(np.float32)
    column = [np.array([value]) for value in (12, 300, 0, 0, 0)]
    arguments = [tf.constant(value) for value in (start, end, *column, np.full(300, 2, np.int32))] + [
        tf.constant(value, tf.int32) for value in (1, 20, 30, 2, 3)
    ]
    assert min(timeit.repeat(lambda: graph(True)(*arguments), number=1, repeat=100)) < 0.003
