from .interface import (
    ModelSettings as ModelSettings,
    Models as Models,
    ServedVersion as ServedVersion,
    ServingError as ServingError,
    VersionStatus as VersionStatus,
)
