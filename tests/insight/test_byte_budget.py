import pytest

from bert_keras.insight.byte_budget import ByteBudget


def occasions(budget: ByteBudget, cost: int, count: int) -> list[int]:
    """The occasions at which something was spent."""
    spent = []
    for occasion in range(count):
        if budget.due():
            budget.spend(cost)
            spent.append(occasion)
    return spent


def test_all_is_spent_on_while_half_is_left_then_ever_less() -> None:
    spent = occasions(ByteBudget(160), 10, 60)
    assert spent[:8] == list(range(8))  # 80 of 160
    gaps = [later - earlier for earlier, later in zip(spent, spent[1:], strict=False)]
    assert gaps[7:] == [1, 2, 2, 2, 2, 4, 4]
    assert gaps == sorted(gaps)


@pytest.mark.parametrize("octets", [1, 35, 99, 1_000, 12_345])
def test_never_more_is_spent_than_there_is_and_one_is_kept_for_the_end(octets: int) -> None:
    budget = ByteBudget(octets)
    budget.spend(10)
    spent = occasions(budget, 10, 100_000)
    assert 10 * (len(spent) + 2) <= max(20, octets)
    assert budget.affords(10) or octets < 20


def test_what_was_used_before_counts() -> None:
    budget = ByteBudget(160, used=100)
    assert budget.spacing == 2
    assert occasions(budget, 10, 5) == [1, 3]
    assert ByteBudget(160, used=200).spacing == 0


def test_nothing_is_due_where_not_enough_is_left() -> None:
    budget = ByteBudget(100)
    budget.spend(60)
    assert budget.spacing == 0
    assert not budget.due()
    assert budget.affords(40)
    assert not budget.affords(41)
