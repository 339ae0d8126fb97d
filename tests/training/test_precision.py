import pytest

from bert_keras.errors import InputError
from bert_keras.training import precision
from bert_keras.training.precision import Precision, choose_precision


@pytest.mark.parametrize(
    ("ratio", "name", "why"),
    [
        (4.13, "bfloat16", "bfloat16: bfloat16's matrix products are 4.1 times as fast as float32's here"),
        (1.31, "bfloat16", "bfloat16: bfloat16's matrix products are 1.3 times as fast as float32's here"),
        (1.2, "float32", "float32: bfloat16's matrix products are 1.2 times as fast as float32's here"),
        (0.25, "float32", "float32: float32's matrix products are 4.0 times as fast as bfloat16's here"),
    ],
)
def test_auto_takes_bfloat16_where_it_is_faster_by_far_and_says_why(
    ratio: float, name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_speed_of_bfloat16", lambda: ratio)
    assert choose_precision("auto") == Precision(name, {"bfloat16": "mixed_bfloat16", "float32": "float32"}[name], why)


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_a_format_that_is_asked_for_is_taken_unmeasured(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(precision, "_speed_of_bfloat16")
    assert choose_precision(name).name == name


def test_both_formats_are_measured_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_SHAPE", (8, 8, 8))
    seconds = iter([1.0, 3.0] + [4.0, 2.0] * 4)
    monkeypatch.setattr(precision, "_seconds", lambda product: [product(), next(seconds)][1])
    assert precision._speed_of_bfloat16() == 1.0 / 2.0


def test_another_format_is_refused() -> None:
    with pytest.raises(InputError, match="Received: 'float16'"):
        choose_precision("float16")
