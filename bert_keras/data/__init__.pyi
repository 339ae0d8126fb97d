from .columns import LABEL_COLUMNS as LABEL_COLUMNS, TEXT_COLUMNS as TEXT_COLUMNS, Columns as Columns
from .encoded import Batch as Batch, Encoded as Encoded
from .encoding import encode as encode
from .overlap import Overlap as Overlap, find_overlaps as find_overlaps
from .questions.question import (
    GoldAnswer as GoldAnswer,
    LeftOut as LeftOut,
    Question as Question,
    RenamedQuestion as RenamedQuestion,
)
from .questions.source import QuestionSource as QuestionSource
from .questions.windowed import WindowedQuestions as WindowedQuestions, encode_questions as encode_questions
from .source import Row as Row, Source as Source
