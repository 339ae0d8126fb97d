from .answer_speed import rows_per_second as rows_per_second
from .answered_questions import answer_metrics as answer_metrics, answered_questions as answered_questions
from .checkpoint import Checkpoints as Checkpoints
from .contrast_recipe import ContrastRecipe as ContrastRecipe
from .distillation_losses import logits_loss as logits_loss, states_difference as states_difference
from .distillation_recipe import DistillationRecipe as DistillationRecipe
from .expected_time import expected_seconds as expected_seconds
from .few_shot import few_shot as few_shot, few_shot_recipe as few_shot_recipe
from .few_shot_calibration import few_shot_calibration as few_shot_calibration
from .fine_tune import Outcome as Outcome, check_training as check_training, fine_tune as fine_tune
from .group_results import GroupResults as GroupResults, group_results as group_results
from .group_similarities import (
    GroupSimilarities as GroupSimilarities,
    found_instead as found_instead,
    group_similarities as group_similarities,
    hardest_groups as hardest_groups,
)
from .hard_texts import hard_texts as hard_texts
from .label_contrast import label_contrast as label_contrast
from .logistic_head import fit_logistic as fit_logistic
from .masked_results import MaskedResults as MaskedResults, masked_results as masked_results
from .optimizer import AdamW as AdamW, LinearWarmupDecay as LinearWarmupDecay, adamw as adamw
from .optional_callback import OptionalCallback as OptionalCallback
from .precision import Precision as Precision, choose_precision as choose_precision
from .predict import predict_logits as predict_logits, predict_outputs as predict_outputs
from .predict_spans import (
    FoundSpans as FoundSpans,
    decode_spans as decode_spans,
    predict_spans as predict_spans,
    span_scores as span_scores,
)
from .predict_tags import FoundTags as FoundTags, predict_tags as predict_tags, tag_scores as tag_scores
from .recipe import Recipe as Recipe
from .run_lock import run_lock as run_lock
from .self_training import SelfTrained as SelfTrained, new_rows as new_rows, self_train as self_train
from .span_calibration import SpanCalibration as SpanCalibration, fit_span_temperature as fit_span_temperature
from .span_logits import SpanLogits as SpanLogits
from .tagged_texts import tagged_texts as tagged_texts
from .target_scale import TargetScale as TargetScale
from .teacher_outputs import TeacherOutputs as TeacherOutputs, teacher_outputs as teacher_outputs
from .tensorboard_events import read_scalars as read_scalars
from .tensorboard_hparams import write_hparams as write_hparams
from .tensorboard_predictions import TensorBoardPredictions as TensorBoardPredictions
from .tensorboard_questions import TensorBoardQuestions as TensorBoardQuestions
from .tensorboard_scalars import TensorBoardScalars as TensorBoardScalars
from .tensorboard_tags import TensorBoardTags as TensorBoardTags
from .token_budget import usual_token_budget as usual_token_budget
from .trainable import only_trainable as only_trainable
