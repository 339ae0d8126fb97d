from .confident import LabelDoubts as LabelDoubts, doubt_labels as doubt_labels
from .neighbours import Neighbours as Neighbours, find_neighbours as find_neighbours
from .out_of_fold import FOLDS as FOLDS, Fit as Fit, out_of_fold as out_of_fold, probe as probe
from .page import label_figures as label_figures, write_audit_page as write_audit_page
from .row_vectors import row_vectors as row_vectors
from .suspects import (
    REASONS as REASONS,
    Audit as Audit,
    ConfusedLabels as ConfusedLabels,
    Suspect as Suspect,
    audit as audit,
)
from .table import write_corrections_table as write_corrections_table
from .whole_training import whole_training as whole_training
