"""The formats of documents by the ending of their names."""

from pathlib import Path

from bert_keras.errors import DataError
from bert_keras.files import TextFile
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.documents.plain_text import markdown_document, plain_document

PLAIN, MARKDOWN, HTML, PDF = (".txt", ".text"), (".md", ".markdown"), (".html", ".htm", ".xhtml"), (".pdf",)
ENDINGS = (*PLAIN, *MARKDOWN, *HTML, *PDF)
"""The endings of files that are documents; a text may be gzipped too, as in `.txt.gz`."""


def is_document(name: str) -> bool:
    """Returns whether the ending of a file's name is that of a document."""
    return _ending(name) in ENDINGS


def format_of(name: str) -> tuple[str, ...]:
    """Returns the endings of the format that a document is read as, which its name decides; () of none."""
    return next((endings for endings in (PLAIN, MARKDOWN, HTML, PDF) if _ending(name) in endings), ())


def read_document(path: Path, name: str) -> Document:
    """Reads a document of any format.

    Args:
        path: The file.
        name: Its name, for messages.

    Returns:
        The document, which holds at least one character that is not blank.

    Raises:
        DataError: The file is not there, empty, damaged, encrypted or of an unknown encoding; the message begins with
            its name.
    """
    ending = _ending(name)
    try:
        size = path.stat().st_size
    except OSError as error:  # gone since it was found, or a link to nothing
        raise DataError(f"{name}: cannot be read ({error.strerror or error})") from error
    if size == 0:
        raise DataError(f"{name}: the file is empty")
    if ending in PDF:
        from bert_keras.retrieval.documents.pdf import pdf_document  # pypdf is slow to import

        return pdf_document(path, name)
    file = TextFile(path, name)
    if ending in HTML:
        from bert_keras.retrieval.documents.html import html_document

        document = html_document(b"".join(file.raw_pieces()), name)
    else:
        document = (markdown_document if ending in MARKDOWN else plain_document)(_with_line_feeds(file.text()))
    if not document.blocks:
        raise DataError(f"{name}: no text in it")
    return document


def _with_line_feeds(text: str) -> str:
    """Returns a text whose lines end with carriage returns alone, as on old Macs, with line feeds in their places."""
    return text if "\n" in text else text.replace("\r", "\n")


def _ending(name: str) -> str:
    ending = Path(name.removesuffix(".gz")).suffix.lower()
    return ".gz" if ending in PDF and name.endswith(".gz") else ending  # PDFs are compressed within
