from .blocks import Block as Block, blocks_of as blocks_of
from .outcome import Failure as Failure, Outcome as Outcome, Predict as Predict, predicted as predicted
from .parts import Parts as Parts
from .ray_workers import RayWorkers as RayWorkers
