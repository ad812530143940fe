"""Checks of run.py against connect-node, which speaks gRPC, gRPC-Web and Connect (connect_node.cjs).

Alone it runs them with a binary that is built: connect_checks.py BINARY NODE_MODULES
"""

import os
import pathlib
import sys
import tempfile

from grpc_tools import protoc

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "proto-samples"
SCRIPT = pathlib.Path(__file__).with_name("connect_node.cjs")
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


def run_all(checks, run, running):
    """`run` is the module run.py, `running` its class for a program that goes on."""
    with tempfile.TemporaryDirectory() as folder:
        descriptors = pathlib.Path(folder) / "greeter.pb"
        arguments = [f"-I{SAMPLES}", "--include_imports", f"-o{descriptors}", str(SAMPLES / "helloworld.proto")]
        if protoc.main(["protoc", *arguments]) != 0:
            raise SystemExit("protoc failed on helloworld.proto")
        environment = {**os.environ, "NODE_PATH": str(pathlib.Path(checks.node_modules).resolve())}
        with running(["node", str(SCRIPT), str(descriptors)], folder, environment) as server:
            addresses = {"HTTP/1.1": server.line().strip(), "HTTP/2": server.line().strip()}
            for version, address in addresses.items():
                of_version(checks, run, version, address)


def of_version(checks, run, version, address):
    protocols = ["connect", "grpc-web"] + (["grpc"] if version == "HTTP/2" else [])
    for protocol in protocols:
        name = f"connect-node, {protocol} over {version}"
        for method, messages, replies, streams, needs_http2 in CALLS:
            refused = (protocol == "grpc-web" and streams) or (needs_http2 and version == "HTTP/1.1")
            checks.check(
                f"{name}: {method}{' is refused' if refused else ''}",
                refuses if refused else answers, checks, run, address, protocol, method, messages, replies,
            )
        checks.check(f"{name}: headers and trailers", headers, checks, run, address, protocol)
        checks.check(f"{name}: a status with details", fails, checks, run, address, protocol)
        checks.check(f"{name}: gzip", compressed, checks, run, address, protocol)
        checks.check(f"{name}: a deadline goes along", deadline, checks, run, address, protocol)
    other = "connect-node, grpc to HTTP/1.1" if version == "HTTP/1.1" else "connect-node, grpc-web-text"
    checks.check(f"{other} says what to do", advises, checks, run, address, version)


def call(checks, run, address, protocol, method, messages, *flags, code=0):
    flags = ("--plaintext", "--protocol", protocol, "-v", *flags)
    schema = run.proto("helloworld.proto")
    return checks.binary.call(address, f"{GREETER}/{method}", *messages, schema=schema, flags=flags, code=code)


def answers(checks, run, address, protocol, method, messages, replies):
    got, _ = call(checks, run, address, protocol, method, messages)
    run.expect(got, replies, "replies")


def refuses(checks, run, address, protocol, method, messages, _replies):
    _, errors = call(checks, run, address, protocol, method, messages, code=UNIMPLEMENTED)
    run.expect_in("HTTP/2" if protocol == "connect" else "stream of requests", errors, "standard error")


def headers(checks, run, address, protocol):
    sent = ("-H", "x-trace: seven", "-H", "x-raw-bin: AAH/")
    for method in ("SayHello", "SayHelloServerStreaming"):
        _, errors = call(checks, run, address, protocol, method, ADA, *sent)
        for part in ["x-echo-x-trace: seven", "x-echo-x-raw-bin: AAH/", "x-trailer: node", "OK"]:
            run.expect_in(part, errors, "standard error")


def fails(checks, run, address, protocol):
    for method, replies in [("SayHello", 0), ("SayHelloServerStreaming", 5)]:
        got, errors = call(
            checks, run, address, protocol, method, [{"name": "fail"}], code=FAILED_PRECONDITION
        )
        run.expect(len(got), replies, "replies")
        for part in ["没有: 100%", "helloworld.HelloRequest", "x-reason: asked"]:
            run.expect_in(part, errors, "standard error")


def compressed(checks, run, address, protocol):
    for method, replies in [("SayHello", [{"message": "Hello, Ada!"}]), ("SayHelloServerStreaming", FIVE)]:
        got, _ = call(checks, run, address, protocol, method, ADA, "--compress", "gzip")
        run.expect(got, replies, "replies")


def deadline(checks, run, address, protocol):
    got, _ = call(checks, run, address, protocol, "SayHello", ADA, "--max-time", "20")
    run.expect(got, [{"message": "Hello, Ada!"}], "replies")


def advises(checks, run, address, version):
    if version == "HTTP/1.1":
        _, errors = call(checks, run, address, "grpc", "SayHello", ADA, code=64 + 14)
        run.expect_in("HTTP/1.1", errors, "standard error")
        run.expect_in("connect", errors, "standard error")
    else:
        _, errors = call(checks, run, address, "grpc-web-text", "SayHello", ADA, code=UNIMPLEMENTED)
        run.expect_in("does not take gRPC-Web in base64", errors, "standard error")


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: connect_checks.py BINARY NODE_MODULES")
    import run  # Which needs more packages than this alone.

    run.alone(lambda checks, run: run_all(checks, run, run.Running), *sys.argv[1:])


if __name__ == "__main__":
    main()
