from .frames import RawTensor as RawTensor, frame_size as frame_size, packed as packed, unpacked as unpacked
from .runtime import Runtime as Runtime, find_runtime as find_runtime
from .scripts import (
    child_command as child_command,
    child_environment as child_environment,
    fate_of as fate_of,
)
