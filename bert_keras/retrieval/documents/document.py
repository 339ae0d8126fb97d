"""A document: a text, its blocks, and what places in it are called."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document that belongs together: a paragraph, a heading, an item of a list.

    Attributes:
        start: The index of its first code point in the document's text.
        end: The index after its last code point.
        heading: Whether it is a heading of what follows.
    """

    start: int
    end: int
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file.

    Attributes:
        text: The text. Where it has pages, a form feed stands between two of them.
        blocks: Its blocks in order, which do not overlap; what is between them is blank.
        has_lines: Whether the lines of the text are those of the file.
        has_pages: Whether there are pages.
    """

    text: str
    blocks: tuple[Block, ...]
    has_lines: bool
    has_pages: bool
