from .deployment import (
    Deployment as Deployment,
    checked_name as checked_name,
    deployment_of as deployment_of,
    kind_of as kind_of,
)
from .footprint import Footprint as Footprint, footprint_of as footprint_of
from .sizing import Sizing as Sizing
