from typing import Any

import numpy as np
import pytest

from bert_keras.serving.check.case import Answer, Case
from bert_keras.serving.check.comparison import PythonModel, judge
from bert_keras.serving.check.question_cases import PARAGRAPHS, question_cases
from bert_keras.serving.check.span_rules import span_faults, with_ties_as
from bert_keras.serving.check.text_cases import strings

CONTEXT = "The é\U0001f600 boat left."  # "boat" stands from 7 to 11
FEEDS = {"question": strings([b"?"]), "context": strings([CONTEXT.encode()])}


def outputs(
    answer: str | None = None, spans: str = "boat left é\U0001f600", scores: tuple[float, ...] = (0.5, 0.3, 0.1)
) -> dict[str, Any]:
    """One row: spans of the context that are given by their words, with an empty place behind them."""
    words = spans.split()
    answer = words[0] if answer is None else answer
    texts = [*(word.encode() for word in words), b""]
    starts = [*map(CONTEXT.index, words), 0]
    ends = [*(CONTEXT.index(word) + len(word) for word in words), 0]
    start = CONTEXT.index(answer)
    return {
        "answer": strings([answer.encode()]),
        "start": np.array([start]),
        "end": np.array([start + len(answer)]),
        "score": np.float32([scores[0]]),
        "null_odds": np.float32([0.5]),
        "answers": strings(texts, (1, len(texts))),
        "starts": np.array([starts]),
        "ends": np.array([ends]),
        "scores": np.float32([[*scores, 0]]),
    }


def test_right_answers_have_no_fault() -> None:
    assert span_faults(FEEDS, outputs()) == []
    assert span_faults(FEEDS, outputs(answer="") | {"score": np.float32([0.9])}) == []
    invalid = {"context": strings([b"\xff\xfe boat"])}
    found = {
        "answer": strings(["\ufffd".encode()]),
        "start": np.array([1]),
        "end": np.array([2]),
        "score": np.float32([1]),
    }
    lists = {f"{name}s": value[np.newaxis] for name, value in found.items()}
    assert span_faults(invalid, found | lists) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"start": np.array([6])}, "row 0: answer b'boat' is not what stands from 6 to 11, ' boat'"),
        ({"starts": np.array([[7, 11, 4, 0]])}, "row 0: answers b'left' is not what stands from 11 to 16, ' left'"),
        ({"answer": strings([b"boat "])}, "row 0: answer b'boat ' is not what stands from 7 to 11, 'boat'"),
        ({"start": np.array([11]), "end": np.array([7])}, "row 0: start 11 and end 7 of 17 code points"),
        ({"ends": np.array([[11, 16, 6, 18]])}, "row 0: starts 0 and ends 18 of 17 code points"),
        ({"start": np.array([-10])}, "row 0: start -10 and end 11 of 17 code points"),
        ({"scores": np.float32([[0.5, 0.3, 0.4, 0]])}, "row 0: scores are not sorted"),
        ({"scores": np.float32([[1.5, 0.3, 0.1, 0]])}, "row 0: a score is not from 0 to 1"),
        ({"score": np.float32([np.nan])}, "row 0: a score is not from 0 to 1"),
        (outputs(answer="left"), "row 0: the answer is not the best of the answers"),
        ({"score": np.float32([0.4])}, "row 0: the answer is not the best of the answers"),
        (outputs(spans="boat left left", scores=(0.5, 0.2, 0.2)), "row 0: a span is listed twice"),
        ({"end": np.array([11, 12])}, "outputs without a row for each of 1 contexts"),
    ],
)
def test_each_fault_is_told(change: dict[str, np.ndarray], fault: str) -> None:
    assert span_faults(FEEDS, outputs() | change) == [fault]


def verdict(
    received: dict[str, np.ndarray], wanted: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """What `judge` says of a received answer where Python's is another."""
    monkeypatch.setattr(PythonModel, "run", lambda self, case: wanted)
    monkeypatch.setattr(PythonModel, "rounded", False)
    case = Case("a paragraph", "serving_default", FEEDS, spans=True)
    return list(judge(case, Answer(received, "", "", 0.1), PythonModel(None))[0])  # type: ignore[arg-type]


def test_spans_that_are_as_good_as_each_other_may_change_places(monkeypatch: pytest.MonkeyPatch) -> None:
    nearly, other = (0.4, 0.39999, 0.1), (0.39999, 0.39999, 0.1)
    swapped = outputs(spans="left boat é\U0001f600", scores=nearly)
    assert verdict(swapped, outputs(scores=nearly), monkeypatch) == []
    assert verdict(swapped, outputs(scores=other), monkeypatch) == []
    # The last place of a list may go to another span, if that is as good.
    full = {name: value[:, :3] for name, value in outputs().items() if name.endswith("s") and name != "null_odds"}
    last = {name: value[:, :3] for name, value in outputs(spans="boat left The").items() if name in full}
    assert verdict(outputs() | last, outputs() | full, monkeypatch) == []


def test_spans_that_are_not_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = verdict(outputs(spans="left boat é\U0001f600"), outputs(), monkeypatch)
    assert [fault.partition(" ")[0] for fault in faults] == ["answer", "answers", "end", "ends", "start", "starts"]
    assert verdict(outputs(spans="boat left The"), outputs(), monkeypatch) == [
        f"{name} differs from Python's" for name in ("answers", "ends", "starts")
    ]
    assert verdict(outputs(answer=""), outputs(), monkeypatch) == [
        f"{name} differs from Python's" for name in ("answer", "end")
    ] + ["start differs from Python's"]
    assert with_ties_as(outputs(), outputs(spans="boat left", scores=(0.5, 0.3)))["answers"].shape == (1, 3)


def test_the_calls_hold_what_users_send_and_what_must_be_refused() -> None:
    cases = question_cases("serving_default", _Signature())  # type: ignore[arg-type]
    feeds = {case.what: case.feeds for case in cases}
    assert [case.what for case in cases if not case.refused and not case.spans] == []
    refused = [case.what for case in cases if case.refused]
    assert refused[-3:] == [
        "more questions than contexts",
        "more contexts than questions",
        "contexts without questions",
    ]
    for what in ("without question", "without context", "a scalar as context", "a matrix [1, 2] as every input"):
        assert what in refused
    assert len(feeds["a context of 1 MB"]["context"][0]) == 1_000_000
    assert feeds["many scripts"]["context"].tolist() == [context.encode() for _, context in PARAGRAPHS]
    assert (
        len(feeds["contexts without questions"]["question"]),
        len(feeds["contexts without questions"]["context"]),
    ) == (0, 1)


class _Signature:
    inputs = ("question", "context")
