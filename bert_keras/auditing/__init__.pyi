from .behaviour import (
    KINDS as KINDS,
    Behaviour as Behaviour,
    Case as Case,
    Failure as Failure,
    Outcome as Outcome,
    behave as behave,
)
from .behaviour_file import read_behaviours as read_behaviours
from .cluster_page import write_clusters_page as write_clusters_page
from .clusters import cluster_parts as cluster_parts
from .confident import LabelDoubts as LabelDoubts, doubt_labels as doubt_labels
from .divided_rows import check_columns as check_columns, divided_rows as divided_rows
from .divisions import check_divisions as check_divisions
from .judges import (
    geometric_mean as geometric_mean,
    judge_by_neighbours as judge_by_neighbours,
    judge_vectors as judge_vectors,
    judge_words as judge_words,
)
from .neighbours import Neighbours as Neighbours, find_neighbours as find_neighbours
from .out_of_fold import Fit as Fit, out_of_fold as out_of_fold
from .page import label_figures as label_figures, write_audit_page as write_audit_page
from .row_vectors import row_vectors as row_vectors
from .slices import (
    Part as Part,
    Slice as Slice,
    holm as holm,
    length_parts as length_parts,
    slices as slices,
    value_parts as value_parts,
)
from .suspects import (
    REASONS as REASONS,
    Audit as Audit,
    ConfusedLabels as ConfusedLabels,
    Suspect as Suspect,
    audit as audit,
)
from .table import write_corrections_table as write_corrections_table
from .whole_training import whole_training as whole_training
