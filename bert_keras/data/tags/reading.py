"""How files of entities are read where their contents leave a choice."""

from dataclasses import dataclass

from bert_keras.errors import InputError


@dataclass(frozen=True)
class TagReading:
    """How files of entities are read.

    Attributes:
        word_column: The column of words in files of columns, counted from 1, or from the end with -1. `None` means the
            first, or the second behind a column of running numbers.
        tag_column: The column of tags, counted likewise. `None` means the last.
        text_column: The key of texts in JSON. `None` means a usual one, such as text.

    Raises:
        InputError: A column is 0, or words and tags are said to be in the same one.
    """

    word_column: int | None = None
    tag_column: int | None = None
    text_column: str | None = None

    def __post_init__(self) -> None:
        for name in ("word_column", "tag_column"):
            if getattr(self, name) == 0:
                raise InputError(f"{name} counts from 1, or from the end with -1. Received: 0")
        if self.word_column is not None and self.word_column == self.tag_column:
            raise InputError(f"word_column and tag_column must differ. Received: {self.word_column}")
