"""Checks of run.py against connect-node, which speaks gRPC, gRPC-Web and Connect (connect_node.cjs).

Alone it runs them with a binary that is built: connect_checks.py BINARY NODE_MODULES
"""

import pathlib
import tempfile

import servers
from common import alone, expect, expect_in, node, proto

GREETER = "helloworld.Greeter"
UNIMPLEMENTED, FAILED_PRECONDITION = 64 + 12, 64 + 9

ADA = [{"name": "Ada"}]
BOTH = [{"name": "Ada"}, {"name": "李雷"}]
FIVE = [{"message": f"Hello, Ada! Number {number}"} for number in range(1, 6)]
# Method, messages, replies, whether requests stream, whether HTTP/2 is needed.
CALLS = [
    ("SayHello", ADA, [{"message": "Hello, Ada!"}], False, False),
    ("SayHelloServerStreaming", ADA, FIVE, False, False),
    ("SayHelloClientStreaming", BOTH, [{"message": "Hello, Ada, 李雷!"}], True, False),
    ("SayHelloBiDiStreaming", BOTH, [{"message": "Hello, Ada!"}, {"message": "Hello, 李雷!"}], True, True),
]


def run_all(checks):
    if checks.node_modules is None:
        checks.left_out.append("connect-node")
        return
    with tempfile.TemporaryDirectory() as folder:
        descriptors = pathlib.Path(folder) / "greeter.pb"
        servers.compiled(descriptors, "helloworld.proto")
        with node(checks, "connect_node.cjs", descriptors) as server:
            addresses = {"HTTP/1.1": server.line().strip(), "HTTP/2": server.line().strip()}
            for version, address in addresses.items():
                of_version(checks, version, address)


def of_version(checks, version, address):
    protocols = ["connect", "grpc-web"] + (["grpc"] if version == "HTTP/2" else [])
    for protocol in protocols:
        name = f"connect-node, {protocol} over {version}"
        for method, messages, replies, streams, needs_http2 in CALLS:
            refused = (protocol == "grpc-web" and streams) or (needs_http2 and version == "HTTP/1.1")
            checks.check(
                f"{name}: {method}{' is refused' if refused else ''}",
                refuses if refused else answers, checks, address, protocol, method, messages, replies,
            )
        checks.check(f"{name}: headers and trailers", headers, checks, address, protocol)
        checks.check(f"{name}: a status with details", fails, checks, address, protocol)
        checks.check(f"{name}: gzip", compressed, checks, address, protocol)
        checks.check(f"{name}: a deadline goes along", deadline, checks, address, protocol)
    other = "connect-node, grpc to HTTP/1.1" if version == "HTTP/1.1" else "connect-node, grpc-web-text"
    checks.check(f"{other} says what to do", advises, checks, address, version)


def call(checks, address, protocol, method, messages, *flags, code=0):
    flags = ("--plaintext", "--protocol", protocol, "-v", *flags)
    schema = proto("helloworld.proto")
    return checks.binary.call(address, f"{GREETER}/{method}", *messages, schema=schema, flags=flags, code=code)


def answers(checks, address, protocol, method, messages, replies):
    got, _ = call(checks, address, protocol, method, messages)
    expect(got, replies, "replies")


def refuses(checks, address, protocol, method, messages, _replies):
    _, errors = call(checks, address, protocol, method, messages, code=UNIMPLEMENTED)
    expect_in("HTTP/2" if protocol == "connect" else "stream of requests", errors, "standard error")


def headers(checks, address, protocol):
    sent = ("-H", "x-trace: seven", "-H", "x-raw-bin: AAH/")
    for method in ("SayHello", "SayHelloServerStreaming"):
        _, errors = call(checks, address, protocol, method, ADA, *sent)
        for part in ["x-echo-x-trace: seven", "x-echo-x-raw-bin: AAH/", "x-trailer: node", "OK"]:
            expect_in(part, errors, "standard error")


def fails(checks, address, protocol):
    for method, replies in [("SayHello", 0), ("SayHelloServerStreaming", 5)]:
        got, errors = call(
            checks, address, protocol, method, [{"name": "fail"}], code=FAILED_PRECONDITION
        )
        expect(len(got), replies, "replies")
        for part in ["没有: 100%", "helloworld.HelloRequest", "x-reason: asked"]:
            expect_in(part, errors, "standard error")


def compressed(checks, address, protocol):
    for method, replies in [("SayHello", [{"message": "Hello, Ada!"}]), ("SayHelloServerStreaming", FIVE)]:
        got, _ = call(checks, address, protocol, method, ADA, "--compress", "gzip")
        expect(got, replies, "replies")


def deadline(checks, address, protocol):
    got, _ = call(checks, address, protocol, "SayHello", ADA, "--max-time", "20")
    expect(got, [{"message": "Hello, Ada!"}], "replies")


def advises(checks, address, version):
    if version == "HTTP/1.1":
        _, errors = call(checks, address, "grpc", "SayHello", ADA, code=64 + 14)
        expect_in("HTTP/1.1", errors, "standard error")
        expect_in("connect", errors, "standard error")
    else:
        _, errors = call(checks, address, "grpc-web-text", "SayHello", ADA, code=UNIMPLEMENTED)
        expect_in("does not take gRPC-Web in base64", errors, "standard error")


if __name__ == "__main__":
    alone(run_all)
