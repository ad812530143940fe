#!/usr/bin/env python3
"""The five services of our first users on Google's own gRPC implementation, for the checks of run.py.

Each proto file is compiled when the program starts and served from a port of its own, with a descriptor pool of its
own: greeter.proto and hello.proto define the same names. Reflection is v1alpha, which is all that grpcio-reflection has.

Run alone it prints one line `FILE ADDRESS` for each server, then one line for each thing that a call saw: `METHOD ended`
when the client ended its stream, `METHOD cancelled` when it went away before the answer was complete.
"""

import pathlib
import random
import tempfile
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_tools import protoc

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "proto-samples"
PAUSE = 0.2
# How long after the last request a cancel is waited for.
GRACE = 0.1


class Events:
    """What the calls saw, in order, for whoever waits for it."""

    def __init__(self, listener=lambda _: None):
        self._seen = []
        self._changed = threading.Condition()
        self._listener = listener

    def add(self, text):
        with self._changed:
            self._seen.append((time.monotonic(), text))
            self._changed.notify_all()
        self._listener(text)

    def clear(self):
        with self._changed:
            self._seen.clear()

    def time_of(self, text, limit=5.0):
        """When that was seen; waits for it, and gives None when the limit is over."""

        def found():
            return next((at for at, seen in self._seen if seen == text), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, limit)
            return found()

    def all(self):
        with self._changed:
            return [text for _, text in self._seen]


def compiled(output, name, root=SAMPLES):
    """Writes the descriptor set of a proto file and what it imports."""
    if protoc.main(["protoc", f"-I{root}", "--include_imports", f"-o{output}", str(root / name)]) != 0:
        raise SystemExit(f"protoc failed on {name}")


def load(name, root=SAMPLES):
    """Compiles a proto file, a sample where nothing else is said, into a pool of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "set"
        compiled(output, name, root)
        files = descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


class Greeter:
    """helloworld.Greeter and hello.Greeter: the same manners under other method names."""

    def greet(self, request, reply, _context):
        return reply(f"Hello, {request.name}!")

    def greet_five_times(self, request, reply, _context):
        for number in range(1, 6):
            if number > 1:
                time.sleep(PAUSE)
            yield reply(f"Hello, {request.name}! Number {number}")

    def greet_all_at_once(self, requests, reply, _context):
        return reply(f"Hello, {', '.join(request.name for request in requests)}!")

    def greet_one_by_one(self, requests, reply, _context):
        for request in requests:
            yield reply(f"Hello, {request.name}!")


def say_hello(request, reply, _context):
    return reply(f"hello {request.name} {request.age}")


def get_random(_request, reply, _context):
    return reply(random.randint(10, 20))


def encrypt(request, reply, _context):
    return reply([request.token + text for text in request.data])


GREETER = Greeter()
BEHAVIOURS = {
    "helloworld.Greeter/SayHello": GREETER.greet,
    "helloworld.Greeter/SayHelloServerStreaming": GREETER.greet_five_times,
    "helloworld.Greeter/SayHelloClientStreaming": GREETER.greet_all_at_once,
    "helloworld.Greeter/SayHelloBiDiStreaming": GREETER.greet_one_by_one,
    "hello.Greeter/SayHello": GREETER.greet,
    "hello.Greeter/LotsOfReplies": GREETER.greet_five_times,
    "hello.Greeter/LotsOfGreetings": GREETER.greet_all_at_once,
    "hello.Hello/SayHello": say_hello,
    "TestServer/GetRandom": get_random,
    "Crypt/DoEncrypt": encrypt,
}

FILES = {
    "helloworld.proto": "helloworld.Greeter",
    "greeter.proto": "hello.Greeter",
    "hello.proto": "hello.Hello",
    "test.proto": "TestServer",
    "seckey.proto": "Crypt",
}


def method_handler(service, method, behaviour, events):
    """One method: its behaviour, what it echoes, and what it tells of the end of its calls."""
    path = f"{service.full_name}/{method.name}"
    request_class = message_factory.GetMessageClass(method.input_type)
    reply_class = message_factory.GetMessageClass(method.output_type)
    field = method.output_type.fields[0].name

    def reply(value):
        return reply_class(**{field: value})

    def watched(requests, over):
        """The requests, with a word when the client has sent its last."""
        yield from requests
        # A cancel sometimes ends the requests as if the client had, a moment before it shows as what it is.
        if not over.wait(GRACE):
            events.add(f"{path} ended")

    def begin(requests, context):
        over, complete = threading.Event(), threading.Event()

        def finish():
            over.set()
            if not complete.is_set():
                events.add(f"{path} cancelled")

        context.add_callback(finish)
        echoed = [(f"x-echo-{key}", value) for key, value in context.invocation_metadata() if key.startswith("x-")]
        context.send_initial_metadata(echoed)
        context.set_trailing_metadata([("x-trailer", "python")])
        return (watched(requests, over) if method.client_streaming else requests), over, complete

    def single(requests, context):
        requests, over, complete = begin(requests, context)
        try:
            answer = behaviour(requests, reply, context)
        except grpc.RpcError:
            # The request stream broke: the callback tells it.
            return reply_class()
        if not over.is_set():
            complete.set()
        return answer

    def stream(requests, context):
        requests, over, complete = begin(requests, context)
        try:
            for number, answer in enumerate(behaviour(requests, reply, context), 1):
                if over.is_set():
                    return
                events.add(f"{path} sends {number}")
                yield answer
        except grpc.RpcError:
            return
        if not over.is_set():
            complete.set()

    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    return kinds[method.client_streaming, method.server_streaming](
        stream if method.server_streaming else single,
        request_deserializer=request_class.FromString,
        response_serializer=reply_class.SerializeToString,
    )


def start(name, events, credentials=None, with_reflection=True):
    """Serves one sample on a free port; gives the server and its address."""
    pool = load(name)
    service = pool.FindServiceByName(FILES[name])
    handlers = {
        method.name: method_handler(service, method, BEHAVIOURS[f"{service.full_name}/{method.name}"], events)
        for method in service.methods
    }
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service.full_name, handlers)])
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    if with_reflection:
        # The pool holds the sample alone, so reflection and health list themselves but are not described.
        reflection.enable_server_reflection([service.full_name, reflection.SERVICE_NAME], server, pool=pool)
    if credentials is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    return server, f"127.0.0.1:{port}"


def main():
    events = Events(lambda text: print(text, flush=True))
    servers = []
    for name in FILES:
        server, address = start(name, events)
        servers.append(server)
        print(name, address, flush=True)
    for server in servers:
        server.wait_for_termination()


if __name__ == "__main__":
    main()
