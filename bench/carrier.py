"""A carrier that takes every message after a given time, with hardly any work of its own.

    python -m bench.carrier PORT SECONDS

`GET /` tells how many it took, and when the first and the last. The simulator checks and remembers
what is sent; this one is only fast, so that the service is what is measured.
"""

import asyncio
import json
import sys
import time
import uuid


class Taken:
    """What was taken so far; times are seconds since the epoch."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = 0.0


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests come one after another."""

    def __init__(self, taken: Taken, latency: float) -> None:
        self._taken, self._latency = taken, latency
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, whole, body = self._heard.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        if not whole or len(body) < length:
            return
        self._heard = b""
        if head.startswith(b"GET"):
            self._answer("200 OK", vars(self._taken))
            return
        taken = self._taken
        taken.count += 1
        taken.last = time.time()
        taken.first = taken.first or taken.last
        answer = {"message_uuid": str(uuid.uuid4())}
        asyncio.get_running_loop().call_later(self._latency, self._answer, "202 Accepted", answer)

    def _answer(self, status: str, document: object) -> None:
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def serve(port: int, latency: float) -> None:
    """Listen until killed."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(taken, latency), "127.0.0.1", port, backlog=1_000
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
