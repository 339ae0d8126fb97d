from pathlib import Path

import pytest

from bert_keras.errors import InputError
from pipelines.command_line.weighted_files import weighted_file


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a.json", ("a.json", 1.0)),
        ("a.json:0.3", ("a.json", 0.3)),
        ("part-*.json:2", ("part-*.json", 2.0)),
        ("a.json:.5", ("a.json", 0.5)),
        ("tfds:squad/v2.0", ("tfds:squad/v2.0", 1.0)),
        ("tfds:squad:train[:10%]:3", ("tfds:squad:train[:10%]", 3.0)),
        ("C:notes.json", ("C:notes.json", 1.0)),
        ("a.json:-1", ("a.json:-1", 1.0)),  # no weight, so there is no such file
    ],
)
def test_a_number_after_the_last_colon_is_the_weight(given: str, expected: tuple[str, float]) -> None:
    assert weighted_file(given) == expected


def test_a_file_that_has_the_whole_name_is_meant(tmp_path: Path) -> None:
    (tmp_path / "notes:2").touch()
    assert weighted_file(str(tmp_path / "notes:2")) == (str(tmp_path / "notes:2"), 1.0)


@pytest.mark.parametrize("given", ["a.json:0", "a.json:0.00"])
def test_a_weight_of_nothing_is_refused(given: str) -> None:
    with pytest.raises(InputError, match=rf"above 0; leave the file out instead\. Received: {given}"):
        weighted_file(given)


def test_a_weight_that_no_training_can_bear_is_refused() -> None:
    assert weighted_file("a.json:1000") == ("a.json", 1000)
    with pytest.raises(InputError, match=r"must be up to 1,000\. Received: a\.json:99999999999999999999"):
        weighted_file("a.json:99999999999999999999")
