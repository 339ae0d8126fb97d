from bert_keras.text import TextPlace, text_place


def test_lines_and_pages_are_counted_from_one() -> None:
    text = "one\ntwo\fthree\r\nfour"
    assert text_place(text, 0) == TextPlace(page=1, line=1)
    assert text_place(text, text.index("two")) == TextPlace(page=1, line=2)
    assert text_place(text, text.index("three")) == TextPlace(page=2, line=2)
    assert text_place(text, text.index("four")) == TextPlace(page=2, line=3)


def test_a_text_without_form_feeds_has_no_pages() -> None:
    assert text_place("a\nb", 2) == TextPlace(page=None, line=2)
