"""Which documents there are in folders, and under which names."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bert_keras.errors import BertKerasError, DataError
from bert_keras.files import expanded
from bert_keras.retrieval.documents.formats import ENDINGS, is_document


@dataclass(frozen=True, slots=True)
class Found:
    """The documents of some folders.

    Attributes:
        files: The name of each document, as it was found, and its path; each file once, sorted by name within a folder.
        failed: A line about each name that holds none, and about each folder that cannot be read, or is but a link.
        others: The number of files of other formats.
    """

    files: tuple[tuple[str, Path], ...]
    failed: tuple[str, ...]
    others: int


def find_documents(names: Sequence[str]) -> Found:
    """Finds documents.

    Args:
        names: Folders, which are searched with all folders in them, files, and patterns such as `docs/*.txt`. What
            begins with a dot in a folder is hidden, and passed over. Links to folders are not followed, which may lead
            anywhere.

    Returns:
        The documents.
    """
    files: dict[Path, str] = {}
    failed: list[str] = []
    others = 0
    for given in names:
        try:
            for name in expanded(given):
                found = list(_in_folder(name, failed)) if os.path.isdir(name) else [_file(name)]
                documents = [one for one in found if is_document(one)]
                others += len(found) - len(documents)
                for document in documents:
                    # Path.resolve fails on links that lead in a circle, which are told when they are read.
                    files.setdefault(Path(os.path.realpath(document)), document)
        except BertKerasError as error:
            failed.append(str(error))
    return Found(tuple((name, path) for path, name in files.items()), tuple(failed), others)


def _in_folder(folder: str, failed: list[str]) -> Iterator[str]:
    def tell(error: OSError) -> None:
        failed.append(f"{error.filename}: cannot be read ({error.strerror})")

    for place, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = (path for path in (os.path.join(place, name) for name in folders) if os.path.islink(path))
        failed += (f"{path}: a link to a folder, which is not followed; name that folder too" for path in links)
        for name in sorted(names):
            path = os.path.join(place, name)
            if not name.startswith(".") and (os.path.isfile(path) or os.path.islink(path)):
                yield path


def _file(name: str) -> str:
    if not os.path.exists(name):
        raise DataError(f"{name}: there is no such file or folder")
    if not os.path.isfile(name):
        raise DataError(f"{name}: neither a file nor a folder")
    if not is_document(name):
        raise DataError(f"{name}: not a document. Received: a name that does not end with {', '.join(ENDINGS)}")
    return name
