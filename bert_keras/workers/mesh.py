"""The exchange of messages among all workers, each of which is connected with every other."""

import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bert_keras.errors import WorkerError
from bert_keras.workers.cluster import Cluster
from bert_keras.workers.peer import Peer

_SECONDS_A_LIFE_SIGN = 1.0
_TICK = 0.25  # seconds between two looks at who is silent
_NEWS = 1.0  # seconds to wait for what others say about a worker that is gone
_LEAVING = 1.0


class Mesh:
    """The connections of a worker with all others, and a thread that shows them signs of life.

    Args:
        cluster: The workers.
        connections: The connection with each other worker, by rank.
        ended: A function that says how a worker's process ended, if this process can know it, else "".

    Attributes:
        cluster: The workers.
        silence: The number of seconds without a sign of life after which a worker counts as frozen.
    """

    def __init__(
        self, cluster: Cluster, connections: Mapping[int, socket.socket], ended: Callable[[int], str] = lambda rank: ""
    ) -> None:
        self.cluster, self.silence = cluster, 120.0
        self._peers = {rank: Peer(cluster.name(rank), connections[rank]) for rank in sorted(connections)}
        self._ended, self._number = ended, 0
        self._over = threading.Event()
        threading.Thread(target=self._show_life, name="sign of life", daemon=True).start()

    @property
    def sent(self) -> int:
        """The number of bytes that this process has sent in messages."""
        return sum(peer.sent for peer in self._peers.values())

    def exchange(
        self, messages: Mapping[int, Sequence[Any]], rooms: Mapping[int, memoryview] | None = None
    ) -> dict[int, memoryview]:
        """Sends a message to every other worker, and receives one from each. All workers call it in the same order.

        Args:
            messages: The message to each worker by rank, as buffers that are sent one after the other; none where there
                is nothing to tell.
            rooms: Buffers that the messages fill exactly, by rank.

        Returns:
            The message of each other worker by rank.

        Raises:
            WorkerError: A worker is gone or frozen, has ended because of an error, or is at another exchange.
        """
        self._number += 1
        for rank, peer in self._peers.items():
            peer.begin(self._number, messages.get(rank, ()), (rooms or {}).get(rank))
            peer.send_some()
        with selectors.DefaultSelector() as selector:
            for peer in self._peers.values():
                if not peer.gone:
                    selector.register(peer.socket, _events(peer) or selectors.EVENT_READ, peer)
            self._run(selector)
        return {rank: peer.received for rank, peer in self._peers.items() if peer.received is not None}

    def _run(self, selector: selectors.BaseSelector) -> None:
        """Sends and receives until all messages of the exchange are sent and received."""
        since = looked = time.monotonic()
        peers = self._peers.values()
        while any(peer.sending or peer.receiving for peer in peers):
            self._move(selector)
            if any(peer.gone or peer.failure is not None for peer in peers):
                raise self._lost(selector)
            now = time.monotonic()
            if now - looked > max(self.silence / 3, 4 * _TICK):
                since = now  # this process was itself stopped for a while, and the others need not be silent
            looked = now
            silent = [p.name for p in peers if (p.sending or p.receiving) and now - max(p.heard, since) > self.silence]
            if silent:
                raise WorkerError(
                    f"{' and '.join(silent)} showed no sign of life for {self.silence:.0f} s: frozen, or cut off"
                )

    def _move(self, selector: selectors.BaseSelector) -> None:
        for key, events in selector.select(_TICK):
            peer: Peer = key.data
            if events & selectors.EVENT_WRITE:
                peer.send_some()
            if events & selectors.EVENT_READ:
                self._receive(peer)
            wanted = 0 if peer.gone or peer.failure is not None else _events(peer)
            if not wanted:
                selector.unregister(peer.socket)
            elif wanted != key.events:
                selector.modify(peer.socket, wanted, peer)

    def _receive(self, peer: Peer) -> None:
        try:
            peer.receive_some()
        except ValueError as error:
            raise WorkerError(f"the workers are not at the same place of the same program: {error}") from error

    def _lost(self, selector: selectors.BaseSelector) -> WorkerError:
        """Waits a moment for what the other workers say, and returns the error that names who is gone."""
        end = time.monotonic() + _NEWS
        while time.monotonic() < end and (selector.get_map() or not self._known()):
            self._move(selector)
            time.sleep(0.02)
        said = [peer.failure for peer in self._peers.values() if peer.failure is not None]
        if said:
            return WorkerError(said[0])
        gone = [peer.name + self._ending(rank) for rank, peer in self._peers.items() if peer.gone]
        return WorkerError(f"{' and '.join(gone)} ended without a word")

    def _known(self) -> bool:
        """Returns whether it is known how each worker that is gone has ended, which can take longer than its end."""
        gone = [rank for rank, peer in self._peers.items() if peer.gone and peer.failure is None]
        return all(self._ended(rank) for rank in gone)

    def _ending(self, rank: int) -> str:
        how = self._ended(rank)
        return f", {how}," if how else ""

    def _show_life(self) -> None:
        while not self._over.wait(_SECONDS_A_LIFE_SIGN):
            for peer in self._peers.values():
                peer.send_life()

    def leave(self) -> None:
        """Closes the connections, after all workers have come to their end."""
        self.exchange({})
        self._close()

    def fail(self, message: str) -> None:
        """Tells the others what this process ends for, and closes the connections.

        Args:
            message: The message that they raise, as it stands.
        """
        if self._over.is_set():
            return
        for peer in self._peers.values():
            peer.send_failure(message)
        # What has come is read first: a connection that is closed before loses what was just sent on it.
        end = time.monotonic() + _LEAVING
        waiting = list(self._peers.values())
        while waiting and time.monotonic() < end:
            waiting = [peer for peer in waiting if not peer.drain()]
            time.sleep(0.02)
        self._close()

    def _close(self) -> None:
        self._over.set()
        for peer in self._peers.values():
            peer.socket.close()


def _events(peer: Peer) -> int:
    return selectors.EVENT_READ * peer.receiving | selectors.EVENT_WRITE * peer.sending
