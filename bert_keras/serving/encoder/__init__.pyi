from .encoder import ServedEncoder as ServedEncoder
from .passes import run_passes as run_passes
from .rows import FlatRows as FlatRows, flat_rows as flat_rows
from .weights import GRAPH_LIMIT as GRAPH_LIMIT, ServedWeights as ServedWeights
