from .judged import Judged as Judged, judged_by_rows as judged_by_rows
from .label_names import LabelName as LabelName, read_label_names as read_label_names, words_of as words_of
from .near_texts import NearTexts as NearTexts
from .suggestions import Suggestion as Suggestion, every_row as every_row, suggest as suggest
from .table import write_label_table as write_label_table
from .zero_shot import zero_shot as zero_shot
