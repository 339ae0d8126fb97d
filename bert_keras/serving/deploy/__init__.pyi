from .cpu_time import processor_milliseconds as processor_milliseconds
from .deployment import Deployment as Deployment, checked_name as checked_name, deployment_of as deployment_of
from .sizing import Sizing as Sizing
