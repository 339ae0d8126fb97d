from .answers import (
    CHOSEN_FROM as CHOSEN_FROM,
    Answer as Answer,
    Classification as Classification,
    MultiLabel as MultiLabel,
    Regression as Regression,
    answers_of as answers_of,
    chosen_of as chosen_of,
    outputs_of as outputs_of,
)
from .calibration import Calibration as Calibration
from .task import TASKS as TASKS, Task as Task, check_task as check_task
