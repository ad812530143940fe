"""A relay of TCP between the program and a server that others wrote: it changes nothing, and notes what went by.

Where the two speak HTTP/2 without TLS, the frames can be looked at afterwards.
"""

import socket
import threading
import time

DATA, SETTINGS, PING, WINDOW_UPDATE = 0, 4, 6, 8
ACK = 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE = 4


class Frame:
    def __init__(self, head, payload):
        self.kind, self.flags = head[3], head[4]
        self.stream = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
        self.payload = payload


def frames(data):
    """The whole frames in what one side sent."""
    data, found = data.removeprefix(PREFACE), []
    while len(data) >= 9:
        end = 9 + int.from_bytes(data[:3], "big")
        if len(data) < end:
            break
        found.append(Frame(data[:9], data[9:end]))
        data = data[end:]
    return found


def wait_for_port(port, limit):
    """Until somebody listens there."""
    end = time.monotonic() + limit
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class Relay:
    """Listens on a port of its own. `sent` and `received` are bytes as seen from the program, all connections in one."""

    def __init__(self, to):
        host, port = to.rsplit(":", 1)
        self.to = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.clear()
        # While it is silent nothing of the server's is passed on.
        self.silent = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def clear(self):
        self.sent, self.received = bytearray(), bytearray()
        self.connections = 0

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(self.to)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._pass, args=(client, server, "sent"), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, "received"), daemon=True).start()

    def _pass(self, source, sink, name):
        try:
            while data := source.recv(65536):
                if name == "received":
                    while self.silent.is_set():
                        time.sleep(0.05)
                getattr(self, name).extend(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def frames_sent(self, kind):
        return [frame for frame in frames(bytes(self.sent)) if frame.kind == kind]

    def frames_received(self, kind):
        return [frame for frame in frames(bytes(self.received)) if frame.kind == kind]

    def pings(self):
        """How many the program sent of its own accord."""
        return sum(not frame.flags & ACK for frame in self.frames_sent(PING))

    def sizes(self):
        """Bytes of messages sent and received, as they were on the wire."""
        return tuple(
            sum(len(frame.payload) for frame in side)
            for side in (self.frames_sent(DATA), self.frames_received(DATA))
        )

    def settings(self):
        """What the program's first SETTINGS say."""
        payload = next(frame.payload for frame in self.frames_sent(SETTINGS) if not frame.flags & ACK)
        entries = [payload[at : at + 6] for at in range(0, len(payload), 6)]
        return {int.from_bytes(entry[:2], "big"): int.from_bytes(entry[2:], "big") for entry in entries}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
