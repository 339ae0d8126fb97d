import pytest
from output_shape import assert_same_shape


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("accuracy 0.8476  loss 0.5103", "accuracy 0.9  loss 1.2e-05"),
        ("│ dev   │   0.8476 │", "│ dev │ 0.1 │"),
        ("┏━━━━┳━━━━┓", "┏━━━━━━━━━━━┳━━┓"),
        ("a\n...\nd 5", "a\nb\nc\nd 7"),
        ("a\n...", "a\nb\nc"),
        ("...\nc", "a\nb\nc"),
        ("float32: ... here", "float32: products are 4.7 times as fast here"),
        ("1,480 rows", "96 rows"),
        ("", ""),
    ],
)
def test_numbers_widths_and_dots_may_stand_for_something_else(expected: str, printed: str) -> None:
    assert_same_shape(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("accuracy 0.8", "loss 0.8"),
        ("a\nb", "a"),
        ("a", "a\nb"),
        ("a\nb", "b\na"),
        ("a\n...\nd", "a\nb\nc"),
        ("float32: 4.7", "bfloat16: 4.7"),
        ("5 rows", "no rows"),
        ("minilm_l6", "minilm_l12"),
        ("", "something"),
    ],
)
def test_other_words_lines_or_orders_are_noticed(expected: str, printed: str) -> None:
    with pytest.raises(AssertionError):
        assert_same_shape(expected, printed)
