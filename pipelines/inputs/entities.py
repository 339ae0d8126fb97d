"""The files of texts with entities, told from files of texts alone."""

from typing import Any

from bert_keras.data.json_file import JsonFile
from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.data.questions.formats import format_of
from bert_keras.files import TFDS_PREFIX

_COLUMNS = (".conll", ".conllu", ".iob", ".iob2", ".bio", ".bioes")
# The keys of spans, or of words beside their tags, in the files that `data.TagSource` reads.
_MARKED = ("entities", "spans", "label", "labels", "annotations", "tokens")


def hold_entities(name: str) -> bool:
    """Returns whether a file holds texts with entities: columns by its name, JSON by its first object.

    Args:
        name: The name of the file; a TFDS name holds none.

    Raises:
        DataError: The file cannot be read.
    """
    if name.startswith(TFDS_PREFIX):
        return False
    found = format_of(name)
    if found == "lines":
        return _is_marked(next((entry for _, entry in JsonLinesFile(name).objects()), None))
    if found == "document":
        document = JsonFile(name).document()
        return _is_marked(next(iter(document), None) if isinstance(document, list) else document)
    return found is None and has_words_a_line(name)


def has_words_a_line(name: str) -> bool:
    """Returns whether a file has a word with its tag on each line, by its name."""
    return not name.startswith(TFDS_PREFIX) and name.lower().removesuffix(".gz").endswith(_COLUMNS)


def _is_marked(entry: Any) -> bool:
    if isinstance(entry, list) and len(entry) == 2:  # as spaCy writes it: a text, and an object with its entities
        entry = entry[1]
    return isinstance(entry, dict) and any(isinstance(entry.get(name), list) for name in _MARKED)
