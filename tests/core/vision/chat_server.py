"""A small OpenAI-compatible server whose answers are scripted, also to misbehave on purpose."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Script = Callable[["Exchange"], None]


class Exchange:
    """One question, and the ways to answer it."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, question: dict[str, Any], gone: Event
    ) -> None:
        self._handler = handler
        self._gone = gone
        self.question = question

    @property
    def data(self) -> str:
        """The text that came with the picture."""
        parts = self.question["messages"][-1]["content"]
        return "".join(part.get("text", "") for part in parts)

    def header(self, name: str) -> str | None:
        return self._handler.headers.get(name)

    def say(self, content: Any) -> None:
        """Answer as a model that said this."""
        completion = {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]
        }
        self.send(200, json.dumps(completion).encode())

    def send(self, status: int, body: bytes) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.send_header("Content-Length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def stall(self) -> None:
        """Say nothing until the test ends."""
        self._gone.wait(30)

    def hang_up(self) -> None:
        """Promise a long answer, send its beginning, reset the connection."""
        self._handler.send_response(200)
        self._handler.send_header("Content-Length", "100000")
        self._handler.end_headers()
        self._handler.wfile.write(b'{"choices": [{"message"')
        self._handler.wfile.flush()
        reset = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        self._handler.close_connection = True

    def pour(self, megabytes: int) -> None:
        """Answer without end, as far as the other side reads."""
        self._handler.send_response(200)
        self._handler.end_headers()
        try:
            for _ in range(megabytes * 16):
                self._handler.wfile.write(b"x" * 65_536)
        except OSError:
            self._handler.close_connection = True


class ScriptedServer:
    """Serves until `stop`; `script` may be exchanged between questions."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.questions: list[dict[str, Any]] = []
        self.status = 200
        """Of the list of models."""
        self._gone = Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                question = json.loads(self.rfile.read(length))
                question["path"], question["key"] = self.path, self.headers.get("Authorization")
                outer.questions.append(question)
                outer.script(Exchange(self, question, outer._gone))

            def do_GET(self) -> None:
                Exchange(self, {}, outer._gone).send(outer.status, b'{"data": []}')

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(script: Script) -> Iterator[ScriptedServer]:
    server = ScriptedServer(script)
    try:
        yield server
    finally:
        server.stop()


def answering(content: Any) -> Script:
    """A script that always says the same."""
    return lambda exchange: exchange.say(content)
