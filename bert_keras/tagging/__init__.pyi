from .alignment import Aligned as Aligned, Span as Span, align as align
from .metrics import EntityScores as EntityScores, WordSpan as WordSpan, entity_scores as entity_scores
from .scheme import TagScheme as TagScheme, bio_tags as bio_tags
