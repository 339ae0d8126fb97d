from .batching_file import read_batching_file as read_batching_file
from .running_version import RunningVersion as RunningVersion
from .served_models import ServedModels as ServedModels, open_models as open_models
from .settings import BatchingSettings as BatchingSettings, ModelsOptions as ModelsOptions
