from .abstaining import Abstaining as Abstaining
from .baseline import (
    Baseline as Baseline,
    label_set_baseline as label_set_baseline,
    majority_baseline as majority_baseline,
    mean_baseline as mean_baseline,
)
from .bootstrap import (
    Interval as Interval,
    bootstrap as bootstrap,
    bootstrap_difference as bootstrap_difference,
    bootstrap_rows as bootstrap_rows,
)
from .by_length import LengthBucket as LengthBucket, scores_by_length as scores_by_length
from .calibration import Reliability as Reliability, reliability as reliability
from .confusion import MOST_LABELS as MOST_LABELS, Confusion as Confusion
from .cross_fitting import (
    FEWEST_TO_FIT as FEWEST_TO_FIT,
    CrossFitted as CrossFitted,
    calibrated_before as calibrated_before,
    cross_fit as cross_fit,
)
from .label_intervals import f1_intervals as f1_intervals
from .learning_curve import LearningCurve as LearningCurve, learning_curve as learning_curve
from .mcnemar import McNemar as McNemar, mcnemar as mcnemar
from .metric_names import LOWER_IS_BETTER as LOWER_IS_BETTER, METRICS as METRICS
from .precision_recall import (
    PrecisionRecall as PrecisionRecall,
    label_table as label_table,
    precision_recall as precision_recall,
    precision_recall_by_label as precision_recall_by_label,
)
from .resampled import difference_intervals as difference_intervals, intervals as intervals, rows_right as rows_right
from .row_losses import hardest_rows as hardest_rows, row_losses as row_losses
from .scores import (
    THRESHOLD as THRESHOLD,
    multi_label_scores as multi_label_scores,
    regression_scores as regression_scores,
    scores as scores,
    single_label_scores as single_label_scores,
)
from .temperature import fit_temperature as fit_temperature
from .vector_scores import (
    first_ranks as first_ranks,
    paired_cosines as paired_cosines,
    ranking_scores as ranking_scores,
    similarity_scores as similarity_scores,
)
from .wilson import wilson as wilson
