from .answerer import (
    AnswerCandidate as AnswerCandidate,
    AnswerPlace as AnswerPlace,
    DocumentAnswer as DocumentAnswer,
    DocumentAnswerer as DocumentAnswerer,
    Reader as Reader,
)
from .encoder import ParagraphEncoder as ParagraphEncoder
from .index import DocumentIndex as DocumentIndex, IndexUpdate as IndexUpdate, Passage as Passage
from .near_vectors import nearest as nearest, similar_pairs as similar_pairs
from .stored import IndexedFile as IndexedFile
from .vector_file import VectorFile as VectorFile
