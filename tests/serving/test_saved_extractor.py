from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tensorflow as tf
from exported_extractors import assert_same_answers

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import ExportError, InputError
from bert_keras.serving import SavedClassifier, SavedExtractor, export, saved_task

QUESTIONS = ["was the film good?", "", "bad", "the a b c d e was not good, not bad"]
CONTEXTS = ["The film was good. " * 20, "naïve café 😀", "", "a b c , the un play 2 é"]


@pytest.fixture(scope="module")
def reader(
    build_extractor: Callable[..., SpanExtractor], tmp_path_factory: pytest.TempPathFactory
) -> tuple[SpanExtractor, Path]:
    """A model that does not answer everything, and its export."""
    extractor = build_extractor(null_threshold=0.0, n_best=4, max_answer_tokens=6)
    extractor.null_threshold = extractor.answer("bad", CONTEXTS[3]).null_odds + 1e-3
    return extractor, export(extractor, tmp_path_factory.mktemp("served") / "reader")


@pytest.fixture(scope="module")
def saved(reader: tuple[SpanExtractor, Path]) -> SavedExtractor:
    """That export as Python loads it, which takes seconds."""
    return SavedExtractor(reader[1])


@pytest.fixture(scope="module")
def classifying(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a classifier."""
    return export(classifier, tmp_path_factory.mktemp("served") / "classifier")


def test_it_answers_as_the_model_does_whatever_the_budget(
    reader: tuple[SpanExtractor, Path], saved: SavedExtractor
) -> None:
    extractor = reader[0]
    questions, contexts = QUESTIONS * 10, CONTEXTS * 9 + CONTEXTS[::-1]
    expected = extractor.answer(questions, contexts)
    for budget in (1, 200, 4096):
        assert_same_answers(saved.answer(questions, contexts, token_budget=budget), expected)
    assert {bool(answer.text) for answer in expected} == {True, False}


def test_one_question_gets_one_answer_and_one_context_is_for_all(
    reader: tuple[SpanExtractor, Path], saved: SavedExtractor
) -> None:
    extractor = reader[0]
    assert_same_answers([saved.answer(QUESTIONS[0], CONTEXTS[0])], [extractor.answer(QUESTIONS[0], CONTEXTS[0])])
    assert_same_answers(saved.answer(QUESTIONS, CONTEXTS[3]), extractor.answer(QUESTIONS, CONTEXTS[3]))
    assert saved.answer([], []) == []


def test_a_stream_answers_the_first_before_the_last_is_read(
    reader: tuple[SpanExtractor, Path], saved: SavedExtractor
) -> None:
    read = []

    def endless() -> Iterator[tuple[str, str]]:
        while True:
            read.append(len(read))
            yield QUESTIONS[len(read) % 4], CONTEXTS[len(read) % 4]

    extractor = reader[0]
    answers = saved.answer_stream(endless())
    assert_same_answers(
        [next(answers) for _ in range(4)],
        extractor.answer([*QUESTIONS[1:], QUESTIONS[0]], [*CONTEXTS[1:], CONTEXTS[0]]),
    )
    assert len(read) < 100


def test_what_is_no_text_is_refused(saved: SavedExtractor) -> None:
    with pytest.raises(InputError, match="each question needs its context. Received: 2 questions, 1 contexts"):
        saved.answer(["a", "b"], ["c"])
    with pytest.raises(InputError, match=r"expected texts: a question and its context\. Received: \('a', None\)"):
        saved.answer("a", None)  # type: ignore[call-overload]
    with pytest.raises(InputError, match="expected texts"):
        list(saved.answer_stream([("a", "b", "c")]))  # type: ignore[list-item]


def test_an_export_is_loaded_as_what_it_is(reader: tuple[SpanExtractor, Path], classifying: Path) -> None:
    for load, path in ((saved_task, reader[1].parent), (saved_task, str(reader[1])), (SavedExtractor.find, reader[1])):
        assert isinstance(load(path), SavedExtractor)
    assert isinstance(saved_task(classifying.parent), SavedClassifier)


def test_the_other_task_s_export_is_an_error_that_says_what_it_takes(
    reader: tuple[SpanExtractor, Path], classifying: Path
) -> None:
    with pytest.raises(
        ExportError, match=r"not the export of a classifier\. Received: inputs \['question', 'context'\]"
    ):
        SavedClassifier.find(reader[1])
    with pytest.raises(
        ExportError, match=r"not the export of a span extractor\. Received: inputs \['text'\], outputs \['label'"
    ):
        SavedExtractor.find(classifying)


def test_something_else_is_not_found_and_a_strange_saved_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    for path in (tmp_path / "model", tmp_path / "none", "bert_base_en_uncased", "hf://user/model"):
        assert saved_task(path) is None
        assert SavedExtractor.find(path) is None
    specs = [tf.TensorSpec([None], tf.string, name=name) for name in ("question", "context")]
    function = tf.function(lambda question, context: {"answer": context, "question": question}, input_signature=specs)
    tf.saved_model.save(tf.Module(), str(tmp_path / "1"), {"serving_default": function})
    with pytest.raises(ExportError, match="not the export of a span extractor. Received: inputs .*, outputs"):
        saved_task(tmp_path)
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ExportError, match="is no SavedModel"):
        saved_task(tmp_path)
