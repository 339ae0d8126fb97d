from .column_names import LABEL_COLUMNS as LABEL_COLUMNS, PAIR_COLUMNS as PAIR_COLUMNS, TEXT_COLUMNS as TEXT_COLUMNS
from .columns import Chosen as Chosen, Columns as Columns
from .corrections import Correction as Correction, Corrections as Corrections
from .encoded import Batch as Batch, Encoded as Encoded
from .encoding import encode as encode
from .hidden_labels import check_hidden_labels as check_hidden_labels
from .labels.matched import matched_labels as matched_labels
from .labels.missing import may_hide as may_hide
from .labels.spellings import Spellings as Spellings, look_alike as look_alike
from .masked.document_tokens import (
    DocumentTokens as DocumentTokens,
    RawDocument as RawDocument,
    new_documents as new_documents,
    tokenize_documents as tokenize_documents,
)
from .masked.masked_rows import MaskedRows as MaskedRows, masked_rows as masked_rows
from .masked.masking import MaskedUnit as MaskedUnit, Masking as Masking
from .masked.pair_rows import PairRows as PairRows, pair_rows as pair_rows
from .near_duplicates import (
    NearDuplicates as NearDuplicates,
    find_near_duplicates as find_near_duplicates,
    near_pairs as near_pairs,
)
from .overlap import Overlap as Overlap, find_overlaps as find_overlaps
from .questions.altered import altered_questions as altered_questions
from .questions.hard_negatives import hard_negatives as hard_negatives
from .questions.question import (
    GoldAnswer as GoldAnswer,
    LeftOut as LeftOut,
    Question as Question,
    RenamedQuestion as RenamedQuestion,
)
from .questions.source import QuestionSource as QuestionSource
from .questions.windowed import WindowedQuestions as WindowedQuestions, encode_questions as encode_questions
from .signs import Signs as Signs, find_signs as find_signs
from .source import Row as Row, Source as Source
from .subset import subset as subset
from .tables.formats import is_table as is_table
from .tables.reading import Reading as Reading
from .tags.marked_text import MarkedText as MarkedText
from .tags.reading import TagReading as TagReading
from .tags.source import TagSource as TagSource
from .tags.windowed import WindowedTexts as WindowedTexts, encode_marked_texts as encode_marked_texts
from .taught_rows import TaughtRows as TaughtRows
from .text_groups import GroupKind as GroupKind, TextGroups as TextGroups, group_texts as group_texts
from .weak_rows import WeakRows as WeakRows
