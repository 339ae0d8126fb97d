from .answer_errors_page import write_answer_errors_page as write_answer_errors_page
from .answer_model_card import answer_model_card as answer_model_card
from .answer_page import write_answer_page as write_answer_page
from .answer_pictures import threshold_curves as threshold_curves, threshold_figure as threshold_figure
from .answer_record import AnsweredQuestion as AnsweredQuestion, AnswerRunRecord as AnswerRunRecord, Span as Span
from .coloured_words import Words as Words, divided_words as divided_words
from .comparison import Comparison as Comparison, compare as compare
from .comparison_page import (
    answers_text as answers_text,
    check_output as check_output,
    difference_text as difference_text,
    interval_text as interval_text,
    kind_text as kind_text,
    label_change_texts as label_change_texts,
    option_text as option_text,
    passed_text as passed_text,
    write_comparison as write_comparison,
)
from .confidence_picture import confidence_curve as confidence_curve, confidence_figure as confidence_figure
from .confusion_picture import confusion_figure as confusion_figure, draw_confusion as draw_confusion
from .curve import Curve as Curve
from .curve_pictures import training_figures as training_figures
from .drawing import png as png, svg as svg, write_paper_figure as write_paper_figure, write_png as write_png
from .examples import Answer as Answer, Example as Example, examples as examples, hardest_examples as hardest_examples
from .finished_run import FinishedRun as FinishedRun, read_run as read_run
from .headlines import Headline as Headline, Headlines as Headlines, headlines as headlines
from .kept_results import (
    KeptSlices as KeptSlices,
    hash_of_rows as hash_of_rows,
    is_run as is_run,
    read_kept_behaviour as read_kept_behaviour,
    read_kept_slices as read_kept_slices,
    read_kept_words as read_kept_words,
    write_kept_slices as write_kept_slices,
    write_kept_words as write_kept_words,
)
from .label_changes import LabelChange as LabelChange
from .length_pictures import by_length_figure as by_length_figure, length_figure as length_figure
from .masked_model_card import masked_model_card as masked_model_card
from .masked_record import MaskedRunRecord as MaskedRunRecord
from .model_card import model_card as model_card
from .names import number as number, percent as percent, score as score, title as title
from .output_pictures import output_figures as output_figures
from .portable import portable as portable
from .probability_pictures import (
    precision_recall_figure as precision_recall_figure,
    reliability_figure as reliability_figure,
)
from .regression_pictures import residual_figure as residual_figure, scatter_figure as scatter_figure
from .run_page import write_run_page as write_run_page
from .run_record import (
    Evaluated as Evaluated,
    NearRow as NearRow,
    NearRows as NearRows,
    RowText as RowText,
    RunRecord as RunRecord,
)
from .search_page import Search as Search, SearchedTraining as SearchedTraining, write_search_page as write_search_page
from .tag_errors import Mistake as Mistake, frequent_mistakes as frequent_mistakes, mistakes as mistakes
from .tag_model_card import tag_model_card as tag_model_card
from .tag_page import write_tag_page as write_tag_page
from .tag_record import TaggedText as TaggedText, TagRunRecord as TagRunRecord
from .teacher_table import TEACHER_HEADS as TEACHER_HEADS, teacher_rows as teacher_rows
from .vector_model_card import vector_model_card as vector_model_card
from .vector_page import write_vector_page as write_vector_page
from .vector_record import (
    HardGroup as HardGroup,
    VectorFindings as VectorFindings,
    VectorRunRecord as VectorRunRecord,
)
from .what_now import calibration_sentences as calibration_sentences, what_now as what_now
