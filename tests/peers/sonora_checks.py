"""Checks of py against sonora, which speaks gRPC-Web, binary and in base64, behind Python's own HTTP/1.1 server.

Alone it runs them with a binary that is built: sonora_checks.py BINARY
"""

import socketserver
import threading
from wsgiref import simple_server

import grpc
from sonora.wsgi import grpcWSGI

from common import alone, expect, expect_in, proto
from program import METHOD, STREAM, Greeter, greeter

FAILED_PRECONDITION, UNIMPLEMENTED = 64 + 9, 64 + 12


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def single(seen):
    """Answers, or fails where the name says so; tells what it was sent."""
    reply = greeter()[1]

    def answer(request, context):
        seen.append(dict(context.invocation_metadata()))
        if request.name == "fail":
            context.set_trailing_metadata([("x-reason", "asked")])
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "没有: 100%")
        context.set_trailing_metadata([("x-trailer", "sonora")])
        return reply(message=f"Hello, {request.name}!")

    return answer


def stream(request, _context):
    reply = greeter()[1]
    for number in range(1000):
        yield reply(message=f"{request.name} {number}")


def run_all(checks):
    seen = []
    handlers = {
        "SayHello": grpc.unary_unary_rpc_method_handler(single(seen), **Greeter.codec()),
        "SayHelloServerStreaming": grpc.unary_stream_rpc_method_handler(stream, **Greeter.codec()),
    }
    application = grpcWSGI()
    application.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("helloworld.Greeter", handlers)])
    server = simple_server.make_server("127.0.0.1", 0, application, Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    try:
        for protocol in ("grpc-web", "grpc-web-text"):
            for name, check in [("a call", one), ("a stream", many), ("a status", fails), ("no such path", missing)]:
                checks.check(f"sonora, {protocol}: {name}", check, checks, address, protocol, seen)
    finally:
        server.shutdown()


def call(checks, address, protocol, method, name, *flags, code=0):
    flags = ("--plaintext", "--protocol", protocol, "-v", *flags)
    schema = proto("helloworld.proto")
    return checks.binary.call(address, method, {"name": name}, schema=schema, flags=flags, code=code)


def one(checks, address, protocol, seen):
    flags = ("-H", "x-trace: seven", "-H", "x-raw-bin: AAH/", "--max-time", "9")
    got, errors = call(checks, address, protocol, METHOD, "Zoë", *flags)
    expect(got, [{"message": "Hello, Zoë!"}], "replies")
    expect_in("x-trailer: sonora", errors, "standard error")
    kind = {"grpc-web": "application/grpc-web+proto"}.get(protocol, "application/grpc-web-text")
    sent = {name: seen[-1].get(name) for name in ("x-trace", "x-raw-bin", "x-grpc-web", "accept")}
    wanted = {"x-trace": "seven", "x-raw-bin": b"\0\1\xff", "x-grpc-web": "1", "accept": kind}
    expect(sent, wanted, "what was sent")
    expect("grpc-timeout" in seen[-1], True, "a timeout was sent")


def many(checks, address, protocol, _seen):
    got, _ = call(checks, address, protocol, STREAM, "李雷")
    expect([reply["message"] for reply in got] == [f"李雷 {number}" for number in range(1000)], True, "all in order")


def fails(checks, address, protocol, _seen):
    _, errors = call(checks, address, protocol, METHOD, "fail", code=FAILED_PRECONDITION)
    for part in ("没有: 100%", "x-reason: asked"):
        expect_in(part, errors, "standard error")


def missing(checks, address, protocol, _seen):
    """It answers with HTTP's own 404 there."""
    _, errors = call(checks, f"http://{address}/nowhere", protocol, METHOD, "Ada", code=UNIMPLEMENTED)
    expect_in("404", errors, "standard error")


if __name__ == "__main__":
    alone(run_all)
