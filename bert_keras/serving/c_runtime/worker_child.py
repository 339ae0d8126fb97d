"""A worker of the server: a process that loads one version through TensorFlow's C API, and runs it for the server.

It runs as a script on the standard library alone: never TensorFlow's Python, never this package. Its arguments are the
numbers of inherited sockets: one for control, and one for each thread that runs the graph. The first frame of control
is the job; the answer says whether the version is loaded. Then each thread answers the frames of its own socket in
turn; another frame of control has free memory given back. When the server closes the control socket, or dies, the
process ends at once.
"""

import ctypes
import os
import signal
import socket
import sys
import threading
from typing import Any

# Imported by their bare names: a script finds the modules of its own folder, and must not import the package.
from c_library import CallError, Library
from c_sessions import LoadedModel
from frames import SIZES, frame_size, packed, unpacked


def receive(connection: socket.socket) -> bytearray | None:
    """Returns the next frame; `None` once the other end is closed."""
    frame = bytearray(SIZES.size)
    if not fill(connection, memoryview(frame)):
        return None
    frame.extend(bytes(frame_size(frame) - SIZES.size))
    return frame if fill(connection, memoryview(frame)[SIZES.size :]) else None


def fill(connection: socket.socket, space: memoryview) -> bool:
    """Reads exactly as many bytes as there is space for; returns whether they came."""
    done = 0
    while done < len(space):
        try:
            count = connection.recv_into(space[done:])
        except ConnectionError:
            return False
        if not count:
            return False
        done += count
    return True


def load(job: dict[str, Any]) -> tuple[LoadedModel | None, dict[str, Any]]:
    """Returns the loaded version, or `None`, and what to answer."""
    try:
        library = Library(job["libraries"])
        library.load_ops(job["text_libraries"])
        config, options = bytes.fromhex(job["config"]), bytes.fromhex(job["run_options"])
        return LoadedModel(library, job["folder"], config, options), {"code": 0}
    except CallError as error:
        return None, {"code": error.code, "message": error.message}


def answer(model: LoadedModel, frame: bytearray) -> bytes:
    """Runs a request, and returns the frame that answers it."""
    head, tensors = unpacked(frame)
    try:
        feeds = dict(zip(head["feeds"], tensors, strict=True))
        return packed({"code": 0}, model.run(feeds, head["fetches"], head["wanted"]))
    except CallError as error:
        return packed({"code": error.code, "message": error.message})
    except Exception as error:  # whatever it is, the thread must go on
        return packed({"code": 13, "message": f"the request cannot be run: {type(error).__name__}: {error}"})


def give_back_memory() -> None:
    """Gives free memory back to the system: to load a graph takes hundreds of MB that nothing needs again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others do not
    if trim is not None:
        trim(0)


def serve(model: LoadedModel, connection: socket.socket) -> None:
    """Answers the frames of a socket until it is closed."""
    while (frame := receive(connection)) is not None:
        connection.sendall(answer(model, frame))


def main(control: socket.socket, lanes: list[socket.socket]) -> None:
    """Loads the version, starts a thread for each lane, and does what control asks for until the end."""
    frame = receive(control)
    if frame is None:
        return
    model, reply = load(unpacked(frame)[0])
    control.sendall(packed(reply))
    for lane in lanes if model else []:
        threading.Thread(target=serve, args=(model, lane), daemon=True).start()
    while receive(control) is not None:
        give_back_memory()
        control.sendall(packed({"code": 0}))


if __name__ == "__main__":
    # Ctrl-C and a service manager's stop reach the whole group: the server answers what it has taken, then ends this.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[1:]]
    main(sockets[0], sockets[1:])
    # Ends the threads in the middle of what they do, and skips the destructors of TensorFlow's globals.
    os._exit(0)
