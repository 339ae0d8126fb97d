import pytest

from bert_keras.data.labels.spellings import Spellings, distinct, look_alike


def test_whole_numbers_are_one_label_with_and_without_a_fraction_of_zeros() -> None:
    assert distinct({"1": 3, "0.0": 1, "1.0": 1, "0": 2, "2.00": 1}) == ["1", "0", "2"]
    spellings = Spellings(["0", "1", "2"])
    assert [spellings.label(name) for name in ("1", "1.0", "0.00", "2.", "1.5", "01", "x")] == [
        "1",
        "1",
        "0",
        None,
        None,
        None,
        None,
    ]


def test_numbers_with_fractions_or_beside_words_stay_as_they_are() -> None:
    assert distinct({"1.0": 1, "1.5": 1}) == ["1.0", "1.5"]
    assert distinct({"1.0": 1, "many": 1}) == ["1.0", "many"]
    assert Spellings(["1.0", "many"]).label("1") == "1.0"


def test_other_spellings_are_merged_only_on_demand() -> None:
    counts = {"Good": 2, "good ": 1, "bad": 1, " GOOD": 5}
    assert distinct(counts) == list(counts)
    assert distinct(counts, merge=True) == [" GOOD", "bad"]
    assert Spellings(["Good", "bad"]).label("good") is None
    assert Spellings(["Good", "bad"], merge=True).label(" gOOd ") == "Good"
    assert Spellings(["Good", "bad"], merge=True).label("awful") is None


def test_a_name_that_is_a_label_stands_for_itself() -> None:
    spellings = Spellings(["good", "Good"], merge=True)
    assert [spellings.label(name) for name in ("good", "Good", "GOOD")] == ["good", "Good", "good"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("good", "Good"),
        ("good", " good"),
        ("a b", "a\u00a0b"),
        ("a b", "a  b"),
        ("café", "cafe\u0301"),
        ("ﬁne", "fine"),
        ("STRASSE", "straße"),
        ("1", "1.0"),
        ("0.5", ".50"),
        ("true", "True"),
    ],
)
def test_names_that_look_alike_are_found(one: str, other: str) -> None:
    assert look_alike([one, "other", other]) == [[one, other]]
    assert look_alike([one, "other"]) == []


@pytest.mark.parametrize(
    ("one", "other"), [("a b", "ab"), ("a-b", "a b"), ("1", "01a"), ("nan", "inf"), ("café", "cafe")]
)
def test_names_that_differ_in_more_stay_apart(one: str, other: str) -> None:
    assert look_alike([one, other]) == []
