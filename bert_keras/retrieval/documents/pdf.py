"""The text of a PDF, page by page."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from bert_keras.errors import DataError
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.documents.plain_text import blocks_of_page


def pdf_document(path: Path, name: str) -> Document:
    """Reads a PDF.

    Args:
        path: The file.
        name: Its name, for messages.

    Returns:
        The document; a form feed stands between two pages.

    Raises:
        DataError: The file is damaged, encrypted with a password, or holds no text.
    """
    pages = _pages(path, name)
    if not any(page.strip() for page in pages):
        raise DataError(f"{name}: no text in its pages. Received: {len(pages)} pages; scanned ones need OCR first")
    blocks, first = [], 0
    for page in pages:
        blocks += blocks_of_page(page, first)
        first += len(page) + 1
    return Document("\f".join(pages), tuple(blocks), has_lines=False, has_pages=True)


def _pages(path: Path, name: str) -> list[str]:
    try:
        with _silent(), path.open("rb") as file:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise FileNotDecryptedError
            # A page that stands in the file's tree but cannot be read is damage too: no page may be lost unsaid.
            return [
                page.extract_text().replace("\f", "\n").encode("utf-8", "replace").decode() for page in reader.pages
            ]
    except (FileNotDecryptedError, DependencyError):
        raise DataError(f"{name}: an encrypted PDF; save it without a password") from None
    except OSError as error:
        raise DataError(f"{name}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # of damaged files pypdf raises whatever its code comes upon
        said = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{name}: a damaged PDF ({said:.120}); open it and save it anew") from error


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Holds back what pypdf logs of files that are not quite right, which it reads all the same."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # those of its modules inherit the level
    try:
        yield
    finally:
        logger.setLevel(before)
