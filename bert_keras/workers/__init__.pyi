from .cluster import Cluster as Cluster, cluster_of as cluster_of
from .joining import join as join
from .workers import Workers as Workers
