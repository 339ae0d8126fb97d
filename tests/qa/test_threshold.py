import numpy as np
import pytest
from gold_files import entry, gold_file
from hypothesis import given, settings, strategies as st

from bert_keras.errors import InputError
from bert_keras.qa import best_threshold, evaluate, question_scores, thresholded, tune_thresholds

QUESTION = st.tuples(
    st.sampled_from([-3.0, -2.0, -0.5, 0.0, 1.0, 2.5, 4.0]), st.sampled_from([0.0, 0.4, 2 / 3, 1.0]), st.booleans()
)
GRID = np.arange(-8.0, 8.0, 0.25)


def columns(questions: list[tuple[float, float, bool]]) -> tuple[list[float], list[float], list[bool]]:
    odds, scores, has_answer = zip(*questions, strict=True)
    return list(odds), list(scores), list(has_answer)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(QUESTION, min_size=1, max_size=12))
def test_no_threshold_is_better_and_none_as_good_is_much_nearer_to_zero(questions) -> None:
    odds, scores, has_answer = columns(questions)
    found = best_threshold(odds, scores, has_answer)
    means = np.array([100 * thresholded(odds, scores, has_answer, threshold).mean() for threshold in GRID])
    assert found.score == pytest.approx(means.max())
    assert found.score == pytest.approx(100 * thresholded(odds, scores, has_answer, found.threshold).mean())
    # A threshold keeps at most 1 from the odds that it was chosen for.
    assert np.abs(GRID[means > found.score - 1e-6]).min() >= abs(found.threshold) - 1


def test_questions_are_answered_up_to_the_threshold_itself() -> None:
    assert thresholded([1.0, 1.5], [0.8, 0.8], [True, False], 1.0).tolist() == [0.8, 1.0]
    assert thresholded([1.0, 1.5], [0.8, 0.8], [False, True], 0.5).tolist() == [1.0, 0.0]


def test_the_threshold_lies_between_the_odds_it_parts() -> None:
    found = best_threshold([-3.0, 2.0, 2.5, 9.0], [1.0, 0.5, 0.0, 0.0], [True, True, False, False])
    assert (found.threshold, found.score) == (2.25, 100 * (1 + 0.5 + 1 + 1) / 4)
    found = best_threshold([-9.0, -4.0, -3.5], [1.0, 0.0, 0.0], [True, False, False])
    assert (found.threshold, found.score) == (-5.0, 100.0)


@pytest.mark.parametrize(
    ("odds", "threshold"),
    [([-4.0, -1.0], 0.0), ([-4.0, 3.0], 4.0), ([3.0, 5.0], 6.0), ([0.0, 0.0], 0.0), ([2.0, 2.0], 3.0)],
)
def test_where_all_questions_have_answers_all_are_answered(odds: list[float], threshold: float) -> None:
    found = best_threshold(odds, [0.5, 0.5], [True, True])
    assert (found.threshold, found.score) == (threshold, 50.0)


@pytest.mark.parametrize(
    ("odds", "threshold"), [([-4.0, -1.0], -5.0), ([-4.0, 3.0], -5.0), ([3.0, 5.0], 0.0), ([0.0, 0.0], -1.0)]
)
def test_where_none_has_an_answer_none_is_answered(odds: list[float], threshold: float) -> None:
    found = best_threshold(odds, [0.0, 0.0], [False, False])
    assert (found.threshold, found.score) == (threshold, 100.0)


def test_equal_odds_are_answered_together_or_not_at_all() -> None:
    found = best_threshold([1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [True, False, False])
    assert (found.threshold, found.score) == (0.0, pytest.approx(200 / 3))


def test_scores_that_differ_by_rounding_alone_are_the_same() -> None:
    # After the first answer, or after all four: 1.1 of 4, but the sums differ in their last digit.
    found = best_threshold([-5.0, -4.0, -3.0, -2.0], [0.1, 0.0, 0.3, 0.7], [True, False, True, True])
    assert (found.threshold, found.score) == (0.0, pytest.approx(27.5))


def test_odds_that_are_next_to_each_other_can_be_parted() -> None:
    low = 1.0
    found = best_threshold([low, np.nextafter(low, 2.0)], [1.0, 0.0], [True, False])
    assert (found.threshold, found.score) == (low, 100.0)
    low = -1.0
    found = best_threshold([low, np.nextafter(low, 0.0)], [1.0, 0.0], [True, False])
    assert (found.threshold, found.score) == (low, 100.0)


def test_f1_and_exact_match_have_thresholds_of_their_own() -> None:
    found = tune_thresholds([-1.0, 2.0], exact=[1.0, 0.0], f1=[1.0, 0.5], has_answer=[True, True])
    assert (found.exact.threshold, found.exact.score) == (0.0, 50.0)
    assert (found.f1.threshold, found.f1.score) == (3.0, 75.0)


def test_odds_that_all_differ_give_the_best_figures_of_the_official_script() -> None:
    random = np.random.default_rng(3)
    words = ["rhine", "long rhine", "danube", "the rhine in basel"]
    entries = [entry(f"{n}", [words[n % 4]] if n % 3 else [], is_impossible=not n % 3) for n in range(60)]
    answers = {f"{n}": words[random.integers(4)] for n in range(60)}
    odds = {name: float(value) for name, value in zip(answers, random.permutation(60) - 30.5, strict=True)}
    gold = gold_file(*entries)
    figures = evaluate(gold, answers, odds)
    scores = question_scores(gold, answers)
    given = [scores.has_answer[name] for name in odds]
    found = tune_thresholds(
        list(odds.values()), [scores.exact[name] for name in odds], [scores.f1[name] for name in odds], given
    )
    assert found.f1.score == pytest.approx(figures["best_f1"])
    assert found.exact.score == pytest.approx(figures["best_exact"])
    assert found.f1.threshold != 0.0


@pytest.mark.parametrize(
    ("odds", "scores", "has_answer"),
    [([], [], []), ([1.0], [1.0, 0.0], [True, True]), ([np.nan], [1.0], [True]), ([1.0], [np.inf], [True])],
)
def test_numbers_that_make_no_sense_are_refused(odds, scores, has_answer) -> None:
    with pytest.raises(InputError, match="Received"):
        best_threshold(odds, scores, has_answer)
