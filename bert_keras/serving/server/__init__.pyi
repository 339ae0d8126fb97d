from .interface import (
    Models as Models,
    ModelSettings as ModelSettings,
    ServedVersion as ServedVersion,
    ServingError as ServingError,
    VersionStatus as VersionStatus,
)
