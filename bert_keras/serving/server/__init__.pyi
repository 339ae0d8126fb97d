from .config.model_list import read_model_list as read_model_list, single_model as single_model
from .config.monitoring import read_metrics_path as read_metrics_path
from .config.tls import read_credentials as read_credentials
from .interface import (
    Models as Models,
    ModelSettings as ModelSettings,
    ServedVersion as ServedVersion,
    ServingError as ServingError,
    VersionStatus as VersionStatus,
)
from .limits import Limits as Limits
from .records import RequestRecord as RequestRecord
from .server import Server as Server, ServerSettings as ServerSettings
from .watch import VersionEvent as VersionEvent
