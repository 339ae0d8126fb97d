import pytest

from bert_keras.qa import normalize_answer


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("The  Rhine,\n in Basel.", "rhine in basel"),
        ("an.other", "another"),
        ("a.", ""),
        ("U.S.A.", "usa"),
        ("theatre and banana", "theatre and banana"),
        ("well-known", "wellknown"),
        ("“the” Ärzte", "“ ” ärzte"),
        ("the\u00a0end", "end"),
        ("", ""),
    ],
)
def test_case_punctuation_articles_and_blanks_go(text: str, normalized: str) -> None:
    assert normalize_answer(text) == normalized
