from .crc32c import crc32c as crc32c, masked_crc32c as masked_crc32c
from .writer import EventWriter as EventWriter
