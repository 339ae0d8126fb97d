from .async_client import AsyncClient as AsyncClient
from .client import Client as Client
from .metadata import ModelMetadata as ModelMetadata, SignatureInfo as SignatureInfo, TensorInfo as TensorInfo
from .settings import Tls as Tls
