from .added_tokens import AddedToken as AddedToken
from .distinct_words import is_arrow as is_arrow, string_tensor as string_tensor
from .keras_hub_tokenizer import KerasHubTokenizer as KerasHubTokenizer
from .learned_vocabulary import learn_vocabulary as learn_vocabulary
from .packing import (
    PADDED_LENGTHS as PADDED_LENGTHS,
    Packed as Packed,
    SpecialIds as SpecialIds,
    pack as pack,
    pad as pad,
    padded_length as padded_length,
)
from .pair_kinds import PAIR_LABELS as PAIR_LABELS, PairKind as PairKind
from .passes import MOST_ROWS as MOST_ROWS, passes_by_length as passes_by_length
from .sentence_splitter import sentence_around as sentence_around, sentences as sentences
from .text_places import TextPlace as TextPlace, text_place as text_place
from .token_bounds import (
    AT_PARAGRAPH as AT_PARAGRAPH,
    AT_WORD as AT_WORD,
    WITHIN_CHARACTER as WITHIN_CHARACTER,
    WITHIN_WORD as WITHIN_WORD,
    SpanBounds as SpanBounds,
    bound_levels as bound_levels,
    span_bounds as span_bounds,
)
from .tokenizer import BertTokenizer as BertTokenizer
from .vocabulary import (
    SPECIAL_TOKENS as SPECIAL_TOKENS,
    check_vocabulary as check_vocabulary,
    read_vocabulary as read_vocabulary,
)
from .vocabulary_change import (
    VocabularyChange as VocabularyChange,
    only_tokens as only_tokens,
    split_words as split_words,
    with_words as with_words,
)
from .windows import (
    AROUND as AROUND,
    AROUND_TEXT as AROUND_TEXT,
    Windows as Windows,
    cut_text_windows as cut_text_windows,
    cut_windows as cut_windows,
    pack_text_windows as pack_text_windows,
    pack_windows as pack_windows,
    spans_in_windows as spans_in_windows,
    token_spans as token_spans,
)
from .word_rules import WordRules as WordRules, bert_rules as bert_rules
