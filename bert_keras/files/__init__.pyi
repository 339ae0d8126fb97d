from .atomic import replaced_file as replaced_file, replaced_folder as replaced_folder
from .lock import folder_lock as folder_lock
from .messages import (
    TFDS_PREFIX as TFDS_PREFIX,
    listed as listed,
    shown as shown,
    shown_value as shown_value,
    where as where,
)
from .patterns import expanded as expanded
from .text_file import TextFile as TextFile
