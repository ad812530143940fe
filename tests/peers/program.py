"""The program under test with something set in each place where it can be set, and a server that tells what came of it.

For the modules of checks that run.py has.
"""

import functools
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import message_factory

import servers

# A debug build on a busy machine; nothing here comes near it unless something hangs.
LIMIT = 30.0
METHOD = "helloworld.Greeter/SayHello"
STREAM = "helloworld.Greeter/SayHelloServerStreaming"
# Where something can be set: the request's own file, those that it inherits from, the command line.
WAYS = ("request", "folder", "collection", "environment", "flags")
# Ports that were given once.
GIVEN, GIVING = set(), threading.Lock()
CODES = ["OK", *(code.name for code in sorted(grpc.StatusCode, key=lambda code: code.value[0]) if code.value[0])]


class Answer:
    """How a call went: the name of its status, and all that the program wrote."""

    def __init__(self, status, text):
        self.status, self.text = status, text


class Program:
    """Runs one request, whose settings stand wherever they are wanted."""

    def __init__(self, path):
        self.path = path
        self.environment = {}

    def call(self, way, target, fields=None, flags=(), name="Ada", method=METHOD, own=None, then=(), more=()):
        """`fields` as they stand in a file, or the flags that say the same. `own` are the request's in any case, `then`
        those of further requests, `more` are flags of `trunkline run`."""
        if way == "flags":
            return self._call(target, flags, name, method)
        with tempfile.TemporaryDirectory() as folder:
            request = {"trunkline": 1, "method": method, "messages": [{"name": name}]}
            write_collection(folder, way, {"target": target, **(fields or {})}, {**request, **(own or {})})
            for number, further in enumerate(then):
                file = pathlib.Path(folder) / "greetings" / f"then-{number}.request.json"
                file.write_text(json.dumps({**request, **further}))
            environment = ("--env", "set") if way == "environment" else ()
            return ran(self.start(("run", "-v", *environment, *more, folder)))

    def _call(self, target, flags, name, method):
        secure = "://" in target or "--cacert" in flags or "--insecure" in flags
        plaintext = () if secure else ("--plaintext",)
        schema = ("--proto", str(servers.SAMPLES / "helloworld.proto"))
        data = json.dumps({"name": name})
        command = ("call", *plaintext, *schema, *flags, "-d", "@", target, method)
        done = self.start(command, data)
        status = CODES[done.returncode - 64] if done.returncode > 64 else "OK" if done.returncode == 0 else "unsent"
        return Answer(status, done.stdout + done.stderr)

    def start(self, arguments, data=None):
        return subprocess.run(
            [self.path, *arguments],
            input=data,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env={**os.environ, **self.environment},
        )


def ran(done):
    """What `trunkline run` of one request says."""
    text = done.stdout + done.stderr
    if done.returncode == 0:
        return Answer("OK", text)
    status = re.search(r"status is (\w+), not OK", text)
    return Answer(status.group(1) if status else "unsent", text)


def write_collection(folder, way, fields, request):
    """One request in a folder of a collection, with the fields in the file that `way` names."""
    root = pathlib.Path(folder)
    shutil.copytree(servers.SAMPLES, root / "protos")
    collection = {"trunkline": 1, "name": "Settings", "schemas": [{"protos": ["protos/helloworld.proto"]}]}
    files = {
        "trunkline.json": {**collection, "defaults": fields if way == "collection" else {}},
        "greetings/folder.json": {"defaults": fields if way == "folder" else {}},
        "greetings/greet.request.json": {**(fields if way == "request" else {}), **request},
        "environments/set.json": {"defaults": fields if way == "environment" else {}},
    }
    for path, content in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(json.dumps(content))


def free_port():
    """A port of nobody's. It is none of those that the system gives to connections: one of them could have it before
    the server that it is for."""
    while True:
        port = random.randrange(20_000, 32_000)
        with GIVING, socket.socket() as free:
            if port in GIVEN:
                continue
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            GIVEN.add(port)
            return port


@functools.cache
def greeter():
    """The service's descriptor and its messages."""
    service = servers.load("helloworld.proto").FindServiceByName("helloworld.Greeter")
    method = service.methods_by_name["SayHello"]
    return tuple(message_factory.GetMessageClass(kind) for kind in (method.input_type, method.output_type))


class Seen:
    """A call as the server saw it."""

    def __init__(self, request, context):
        self.at = time.monotonic()
        self.name = request.name
        self.metadata = [(key, value) for key, value in context.invocation_metadata()]
        self.remaining = context.time_remaining()
        self.peer = context.peer()
        # The client's name by its certificate.
        self.identity = next(iter(context.peer_identities() or []), None)

    def values(self, key):
        return [value for name, value in self.metadata if name == key]


class Greeter:
    """helloworld.Greeter on grpcio; `manner` gives the text of the answer, from the call and how many came before."""

    def __init__(self, manner=None, options=(), credentials=None, address="127.0.0.1:0", compression=None):
        self.reply = greeter()[1]
        self.manner = manner or (lambda seen, _context, _before: f"Hello, {seen.name}!")
        self.calls = []
        self.server = grpc.server(futures.ThreadPoolExecutor(8), options=options, compression=compression)
        codec = self.codec()
        handlers = {
            "SayHello": grpc.unary_unary_rpc_method_handler(self._single, **codec),
            "SayHelloServerStreaming": grpc.unary_stream_rpc_method_handler(self._stream, **codec),
        }
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("helloworld.Greeter", handlers)])
        if credentials is None:
            port = self.server.add_insecure_port(address)
        else:
            port = self.server.add_secure_port(address, credentials)
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.server.start()

    @staticmethod
    def codec():
        request, reply = greeter()
        return {"request_deserializer": request.FromString, "response_serializer": reply.SerializeToString}

    def _single(self, request, context):
        seen = Seen(request, context)
        self.calls.append(seen)
        return self.reply(message=self.manner(seen, context, len(self.calls) - 1))

    def _stream(self, request, context):
        """One message at once and one when the manner has its text."""
        seen = Seen(request, context)
        self.calls.append(seen)
        yield self.reply(message="begun")
        yield self.reply(message=self.manner(seen, context, len(self.calls) - 1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop(None).wait()


def slowly(seconds):
    """A manner that answers after a while, or when the client has gone."""

    def manner(seen, context, _before):
        over = threading.Event()
        context.add_callback(over.set)
        over.wait(seconds)
        return f"Hello, {seen.name}!"

    return manner
