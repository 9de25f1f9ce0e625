"""The protocol cbor-1: frames on the worker's Unix socket."""

import os
import socket
import struct

from . import cbor

PROTOCOL = "cbor-1"
_MAX_FRAME = 128 * 2**20


class Connection:
    """The connection to the worker that started this process."""

    def __init__(self, executor_type):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(os.environ["RAIN_EXECUTOR_SOCKET"])
        self._stream = self._socket.makefile("rb", buffering=1 << 16)
        self.send(
            "register",
            {
                "protocol": PROTOCOL,
                "executor_id": int(os.environ["RAIN_EXECUTOR_ID"]),
                "executor_type": executor_type,
            },
        )

    def send(self, kind, body):
        content = cbor.dumps([kind, body])
        if len(content) > _MAX_FRAME:
            raise ValueError(f"a message of {len(content)} bytes is too large")
        self._socket.sendall(struct.pack("<I", len(content)) + content)

    def messages(self):
        """Yields the messages of the worker, until it closes the connection."""
        while True:
            header = self._stream.read(4)
            if len(header) < 4:
                return
            content = self._stream.read(struct.unpack("<I", header)[0])
            kind, body = cbor.loads(content)
            yield kind, body
