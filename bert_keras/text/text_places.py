"""Where a place of a text file is for someone who looks it up: its page and its line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place in a text file.

    Attributes:
        page: The number of the page, from 1; `None` in a text without form feeds, which has no pages.
        line: The number of the line in the text, from 1.
    """

    page: int | None
    line: int


def text_place(text: str, start: int) -> TextPlace:
    """Finds the page and the line of a place in a text.

    Args:
        text: The text; a form feed divides pages, as `pdftotext` and many printers write them.
        start: The index of a code point.

    Returns:
        The place.
    """
    page = text.count("\f", 0, start) + 1 if "\f" in text else None
    return TextPlace(page, text.count("\n", 0, start) + 1)
