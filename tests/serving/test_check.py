import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_text as tf_text
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import prediction_log_pb2

from bert_keras.__main__ import main
from bert_keras.errors import ExportError
from bert_keras.serving.c_runtime.runtime import find_runtime
from bert_keras.serving.check import CheckReport, CheckRow, check, child
from bert_keras.serving.check.comparison import differences
from bert_keras.serving.check.graph import read_saved_model, scan_graph, serve_graphs
from bert_keras.serving.check.signatures import served_signatures
from bert_keras.serving.check.tensor_json import decode, encode
from bert_keras.serving.check.warmup import WARMUP_FILE
from bert_keras.serving.check.weights import check_weights
from bert_keras.serving.versions import version_folder

TEXT = tf.TensorSpec([None], tf.string, name="text")
IDS = tf.TensorSpec([None, None], tf.int32, name="token_ids")
MASK = tf.TensorSpec([None, None], tf.int32, name="padding_mask")
WEIGHTS = np.random.default_rng(1).normal(size=(40, 30)).astype(np.float32)

Outputs = dict[str, tf.Tensor]
Functions = dict[str, tuple[Callable[..., Outputs], list[tf.TensorSpec]]]


def save(folder: Path, functions: Functions, weights: Iterable[tf.Variable] = (), **options: bool) -> Path:
    """Saves functions as the signatures of an export, and returns its version folder."""
    module = tf.Module()
    module.weights = list(weights)
    signatures = {name: tf.function(f, input_signature=specs, **options) for name, (f, specs) in functions.items()}
    tf.saved_model.save(module, str(folder / "1"), signatures)
    return folder / "1"


def save_text(folder: Path, function: Callable[[tf.Tensor], Outputs], **options: bool) -> Path:
    """Saves one function on texts, its shape made sure of."""

    def serve(text: tf.Tensor) -> Outputs:
        return function(tf.ensure_shape(text, [None]))

    return save(folder, {"serving_default": (serve, [TEXT])}, **options)


def lengths(text: tf.Tensor) -> Outputs:
    return {"length": tf.strings.length(text), "score": tf.cast(tf.strings.length(text), tf.float32) / 3e6}


def write_warmup(folder: Path, requests: list[tuple[str, dict[str, tf.Tensor]]]) -> None:
    file = folder / WARMUP_FILE
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests:
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.model_spec.signature_name = signature
            for name, value in inputs.items():
                log.predict_log.request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
            writer.write(log.SerializeToString())


def row(report: CheckReport, what: str) -> CheckRow:
    return next(row for row in report.rows if row.what == what)


def failed(report: CheckReport) -> list[str]:
    return [row.what for row in report.rows if not row.ok]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export without a fault: texts, token ids, a variable, warm-up requests."""
    weights = tf.Variable(WEIGHTS)
    tokenizer = tf_text.FastBertTokenizer(["[UNK]", "the", "film", "##s"])

    def serve(text: tf.Tensor) -> Outputs:
        text = tf.ensure_shape(text, [None])
        ids = tokenizer.tokenize(tf.strings.substr(text, 0, 1000)).merge_dims(1, -1).to_tensor(shape=[None, 40])
        label = tf.gather(tf.constant(["short", "längst"]), tf.cast(tf.strings.length(text) > 9, tf.int32))
        return {"scores": tf.cast(ids, tf.float32) @ weights, "label": label, "first": ids[:, 0], "any": ids[:, 0] > 0}

    def tokens(token_ids: tf.Tensor, padding_mask: tf.Tensor) -> Outputs:
        token_ids, padding_mask = tf.ensure_shape(token_ids, [None, None]), tf.ensure_shape(padding_mask, [None, None])
        rows = tf.gather(weights, token_ids) * tf.cast(padding_mask, tf.float32)[..., None]
        return {"sum": tf.reduce_sum(rows, axis=1), "count": tf.reduce_sum(tf.cast(padding_mask, tf.int64), axis=1)}

    functions: Functions = {"serving_default": (serve, [TEXT]), "tokens": (tokens, [IDS, MASK])}
    folder = save(tmp_path_factory.mktemp("good"), functions, [weights])
    write_warmup(folder, [("", {"text": ["the films"]}), ("tokens", {"token_ids": [[1, 2]], "padding_mask": [[1, 0]]})])
    return folder


@pytest.fixture(scope="module")
def good_report(good: Path) -> CheckReport:
    return check(good)


def test_a_good_export_passes_every_check(good_report: CheckReport) -> None:
    assert [(row.what, row.detail) for row in good_report.rows if not row.ok] == []
    assert good_report.ok
    assert row(good_report, "graph scan").detail == f"{len(good_report.ops)} kinds of op"
    assert row(good_report, "every weight stored once").detail == "1,200 floats in 1 tensors"
    assert row(good_report, "warm-up requests").detail == "2 requests answered"
    assert row(good_report, "serving_default, batch of 7").detail == "7 rows as Python answers"
    assert row(good_report, "serving_default, a scalar as text").detail == "refused: INVALID_ARGUMENT"
    assert good_report.runtime_version == tf.__version__


def test_the_rows_come_in_the_order_of_a_load(good_report: CheckReport) -> None:
    names = [row.what for row in good_report.rows]
    assert names[:4] == ["graph scan", "serving_default, rules", "tokens, rules", "every weight stored once"]
    assert names[4:7] == ["loads through the C API", "warm-up requests", "serving_default, batch of 0"]
    assert names[-1] == "tokens, runs without tensorflow-text"
    for what in (
        "empty strings",
        "invalid UTF-8",
        "text with NUL",
        "many scripts and emoji",
        "1 MB of text",
        "without text",
    ):
        assert f"serving_default, {what}" in names


def test_the_report_lists_kinds_of_op_and_no_function_names(good_report: CheckReport) -> None:
    assert {"EnsureShape", "FastBertNormalize", "StatefulPartitionedCall", "VarHandleOp"} <= set(good_report.ops)
    assert not [op for op in good_report.ops if op.startswith("__inference")]
    assert list(good_report.ops) == sorted(good_report.ops)


def test_token_ids_beside_text_run_without_its_ops_in_cpp_loaders_only(
    good_report: CheckReport, tmp_path: Path
) -> None:
    what = "tokens, runs without tensorflow-text"
    assert row(good_report, what).detail.startswith(
        "7 rows as Python answers, in C++ loaders; those of the C API (Java, Go)"
    )

    def tokens(token_ids: tf.Tensor) -> Outputs:
        size = tf.reduce_sum(tf.ensure_shape(token_ids, [None, None]), axis=1)
        return {"size": size, "twice": size * 2}

    assert row(check(save(tmp_path, {"tokens": (tokens, [IDS])})), what).detail == "7 rows as Python answers"


def test_a_base_folder_means_its_highest_version(tmp_path: Path) -> None:
    for version in ("9", "10", "notes", "10.tmp"):
        (tmp_path / version).mkdir()
    (tmp_path / "10" / "saved_model.pb").touch()
    assert version_folder(tmp_path) == tmp_path / "10"


def test_a_wrong_path_is_told_with_what_the_folder_holds(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="looked for a folder, found nothing"):
        check(tmp_path / "nowhere")
    (tmp_path / "model.keras").touch()
    with pytest.raises(
        ExportError, match=r"looked for saved_model\.pb or a subfolder .* the folder holds model\.keras"
    ):
        check(tmp_path)
    with pytest.raises(ExportError, match="found a file"):
        check(tmp_path / "model.keras")
    (tmp_path / "3" / "variables").mkdir(parents=True)
    with pytest.raises(
        ExportError, match=r"no export at .*3: looked for saved_model\.pb .* the folder holds variables/"
    ):
        check(tmp_path)


def test_a_file_that_is_no_saved_model_is_an_export_error(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ExportError, match="is no SavedModel"):
        check(tmp_path)


def test_a_runtime_is_the_installed_one_or_a_folder_with_both_packages(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="libtensorflow_framework.so.2.* missing"):
        find_runtime(str(tmp_path))
    installed = find_runtime()
    for package in ("tensorflow", "tensorflow_text"):
        (tmp_path / package).symlink_to(Path(sys.modules[package].__file__ or "").parent)
    other = find_runtime(str(tmp_path))
    assert [file.resolve() for file in other.libraries] == [file.resolve() for file in installed.libraries]
    assert other.libraries[0].is_relative_to(tmp_path)
    assert len(other.text_libraries) == len(installed.text_libraries) > 0


def test_a_scalar_that_is_answered_fails_and_nothing_else_does(tmp_path: Path) -> None:
    report = check(save(tmp_path, {"serving_default": (lengths, [TEXT])}))
    assert failed(report) == ["serving_default, a scalar as text", "serving_default, a matrix [1, 2] as text"]
    assert row(report, "serving_default, a scalar as text").detail == "answered, not refused"


def test_each_of_two_inputs_is_tried_with_a_scalar_and_left_out(tmp_path: Path) -> None:
    def pair(question: tf.Tensor, context: tf.Tensor) -> Outputs:
        return lengths(tf.ensure_shape(question, [None])) | {"found": tf.strings.join([question, context])}

    specs = [tf.TensorSpec([None], tf.string, name="question"), tf.TensorSpec([None], tf.string, name="context")]
    report = check(save(tmp_path, {"serving_default": (pair, specs)}))
    # Strings of any shape join with a scalar: only the question's shape was made sure of.
    assert "serving_default, a scalar as context" in failed(report)
    assert row(report, "serving_default, a scalar as question").ok
    assert row(report, "serving_default, without question").ok
    assert row(report, "serving_default, without context").ok


def test_python_inside_the_graph_fails_the_scan_and_the_calls(tmp_path: Path) -> None:
    def with_python(text: tf.Tensor) -> Outputs:
        size = tf.py_function(lambda strings: tf.strings.length(strings), [text], tf.int32)
        return lengths(text) | {"size": tf.ensure_shape(size, [None])}

    report = check(save_text(tmp_path, with_python))
    assert row(report, "graph scan").detail == "EagerPyFunc runs Python"
    assert {"graph scan", "serving_default, batch of 1"} <= set(failed(report))


def test_xla_inside_the_graph_fails_the_scan_and_the_calls(tmp_path: Path) -> None:
    double = tf.function(lambda numbers: numbers * 2.0, jit_compile=True)
    report = check(
        save_text(tmp_path, lambda text: {"a": lengths(text)["length"], "b": double(lengths(text)["score"])})
    )
    assert "must be compiled by XLA" in row(report, "graph scan").detail
    assert "XLA" in row(report, "serving_default, batch of 1").detail


def test_output_rules_name_each_output_that_breaks_them(tmp_path: Path) -> None:
    def broken(text: tf.Tensor) -> Outputs:
        score = lengths(text)["score"]
        fixed, half, double = tf.constant(["no", "yes"]), tf.cast(score, tf.float16), tf.cast(score, tf.float64)
        return {"labels": fixed, "half": half, "double": double, "text_bytes": text}

    report = check(save_text(tmp_path, broken))
    rules = row(report, "serving_default, rules").detail
    assert "output double is float64: wanted float32" in rules
    assert "output half is float16: wanted float32" in rules
    assert "output labels has shape [2]: dimension 0 must be the batch" in rules
    assert "and 1 more" in rules
    assert "labels has shape [2] for 1 rows" in row(report, "serving_default, batch of 1").detail
    assert "text_bytes is not UTF-8" in row(report, "serving_default, invalid UTF-8").detail


def test_a_single_output_breaks_the_rules(tmp_path: Path) -> None:
    report = check(save_text(tmp_path, lambda text: {"length": tf.strings.length(text)}))
    assert failed(report) == ["serving_default, rules"]
    assert "fewer than two outputs" in row(report, "serving_default, rules").detail


def test_a_weight_stored_twice_fails_but_zeros_of_one_shape_do_not(tmp_path: Path) -> None:
    once = save(
        tmp_path / "once", {"serving_default": (lengths, [TEXT])}, [tf.Variable(tf.zeros([2000])) for _ in range(2)]
    )
    assert check_weights(once) == ([], "4,000 floats in 2 tensors")
    twice = save(tmp_path / "twice", {"serving_default": (lengths, [TEXT])}, [tf.Variable(WEIGHTS) for _ in range(2)])
    faults, _ = check_weights(twice)
    assert len(faults) == 1
    assert "hold the same [40, 30]" in faults[0]


@pytest.mark.parametrize(
    ("requests", "fault"),
    [
        ([("", {"text": ["fine"]}), ("", {"text": "a scalar"})], "record 2: INVALID_ARGUMENT"),
        ([("nobody", {"text": ["fine"]})], "record 1: names the unknown signature 'nobody'; there are serving_default"),
        ([("", {"words": ["fine"]})], "record 1: has the inputs ['words'], wanted ['text']"),
        ([("", {"text": ["fine"]})] * 1001, "over 1,000 records"),
    ],
)
def test_a_warm_up_that_would_fail_the_load_fails_its_row(tmp_path: Path, requests: list, fault: str) -> None:
    folder = save_text(tmp_path, lengths)
    write_warmup(folder, requests)
    report = check(folder)
    assert failed(report) == ["warm-up requests"]
    assert row(report, "warm-up requests").detail.startswith(fault)


def test_a_crash_names_its_signal_and_hides_no_other_row(tmp_path: Path) -> None:
    tokenizer = tf_text.FastBertTokenizer(["[UNK]", "the", "film"])

    def crash(text: tf.Tensor) -> Outputs:
        ids = tokenizer.tokenize(text)
        return {"tokens": ids.merge_dims(1, -1).row_lengths(), "words": ids.row_lengths()}

    report = check(save(tmp_path, {"serving_default": (crash, [TEXT])}))
    assert row(report, "serving_default, a scalar as text").detail.startswith("the process was killed by SIG")
    assert row(report, "serving_default, 1 MB of text").ok
    assert row(report, "serving_default, without text").ok
    assert not report.ok


def test_an_export_that_does_not_load_has_no_rows_of_calls(good: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(good, tmp_path / "1"))
    (broken / "variables" / "variables.index").write_bytes(b"no table")
    report = check(broken)
    assert failed(report) == ["every weight stored once", "loads through the C API"]
    assert row(report, "loads through the C API").detail.startswith("DATA_LOSS: ")
    assert not [row for row in report.rows if "batch" in row.what]


def test_a_time_limit_is_a_failing_row(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "TIME_LIMIT_SECONDS", 0.01)
    report = check(good)
    assert row(report, "loads through the C API").detail == "no answer within 0.01 s"
    assert report.runtime_version == ""


def test_after_a_call_that_does_not_end_the_rest_is_told_as_not_run(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, hung = child.Answer(None, "", "", 0.1), child.Answer(None, "", "no answer within 600 s", 600.0)
    monkeypatch.setattr(
        child, "_one_child", lambda job, requests: child.ChildRun("2", None, frozenset(), done, [done, hung])
    )
    signatures = served_signatures(serve_graphs(read_saved_model(good))[0])
    cases = [child.Case(f"call {number}", "serving_default", {}) for number in range(4)]
    answers = child.run_cases(good, find_runtime(), signatures, cases).answers
    assert [answer.fatal for answer in answers] == ["", hung.fatal, *["not run: an earlier call did not end"] * 2]


def test_the_scan_finds_ops_that_a_server_lacks() -> None:
    meta = meta_graph_pb2.MetaGraphDef()
    meta.graph_def.library.function.add().signature.name = "called"
    for op in ("called", "Add", "Homemade"):
        meta.graph_def.node.add(name=op, op=op)
    for op in ("TFText>RoundRobinTrim", "XlaLaunch"):
        meta.graph_def.library.function[0].node_def.add(name=op, op=op)
    faults, _ = scan_graph([meta], frozenset({"Add", "XlaLaunch", "TFText>RoundRobinTrim"}))
    assert faults == [
        "XlaLaunch needs XLA",
        "TFText>RoundRobinTrim is missing from TF Serving up to 2.19.1",
        "Homemade is an op of neither TensorFlow nor tensorflow-text",
    ]
    assert scan_graph([meta, meta], None)[0] == ["2 MetaGraphs with the tag serve, wanted 1"]


@pytest.mark.parametrize(
    ("output", "wanted", "fault"),
    [
        (np.float32([1, 2]), np.float32([1, 2 + 5e-5]), None),
        (np.float32([1, 2]), np.float32([1, 2.001]), "x is 0.001 away from Python's"),
        (np.float32([1, np.nan]), np.float32([1, np.nan]), "x holds NaN or infinity, which JSON lacks"),
        (np.int32([1, 2]), np.int32([1, 3]), "x differs from Python's"),
        (np.array([b"a", b"b"], object), np.array([b"a", b"b\x00"], object), "x differs from Python's"),
        (np.array([b"a", b"\xc3"], object), np.array([b"a", b"\xc3"], object), "x is not UTF-8"),
        (np.float32([1]), np.float32([1]), "x has shape [1] for 2 rows"),
        (np.float32([[1], [2]]), np.float32([1, 2]), "x has shape [2, 1], Python's [2]"),
    ],
)
def test_answers_that_differ_from_pythons_are_told_apart(
    output: np.ndarray, wanted: np.ndarray, fault: str | None
) -> None:
    assert differences({"x": output}, {"x": wanted}, 2) == ([fault] if fault else [])


def test_a_number_may_be_off_by_its_rounding_and_by_a_share_of_its_unit() -> None:
    wanted = np.float32([61_234, 58_000])
    for output, unit, same in (
        (wanted + np.float32([0.004, 0]), 1.0, True),  # the next number of float32
        (wanted + np.float32([0.5, 0]), 12_000.0, True),
        (wanted + np.float32([0.5, 0]), 1.0, False),
        (wanted + np.float32([5, 0]), 12_000.0, False),
    ):
        assert (differences({"score": output}, {"score": wanted}, 2, unit) == []) == same


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64, np.bool_])
def test_arrays_travel_as_json_unchanged(dtype: type) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype)
    assert decode(encode(array)).dtype == dtype
    np.testing.assert_array_equal(decode(encode(array)), array)
    texts = np.array([b"NUL at the end\x00", b"", b"\xff"], dtype=object)
    assert list(decode(encode(texts))) == list(texts)
    assert decode(encode(array[:0])).shape == (0, 3)


def status_of(path: Path) -> object:
    """How `bert-keras check PATH` ends, in this process."""
    with pytest.raises(SystemExit) as end:
        main(["check", str(path)])
    return end.value.code


def test_the_program_exits_with_0_1_or_2(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(good.parent) == 0
    assert "checks ok" in capsys.readouterr().out
    assert status_of(save(tmp_path, {"serving_default": (lengths, [TEXT])})) == 1
    assert "2 of " in capsys.readouterr().out
    assert status_of(tmp_path / "nowhere") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: no export at ")
    assert captured.err.count("\n") == 1
