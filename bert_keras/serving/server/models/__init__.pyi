from .served_models import ServedModels as ServedModels, open_models as open_models
from .settings import BatchingSettings as BatchingSettings, ModelsOptions as ModelsOptions
