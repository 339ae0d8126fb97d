"""The choice of a GPU for one of several processes of a machine."""

import tensorflow as tf


def see_one_gpu(place: int) -> None:
    """Makes TensorFlow see one GPU of the machine, if it has any: memory of the others is left to other processes.

    Args:
        place: The place of this process among those of the machine, from 0.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.set_visible_devices(gpus[place % len(gpus)], "GPU")
