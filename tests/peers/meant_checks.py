"""Checks of run.py for names that a server does not have: what `call` says of them, from the server's own reflection.

The program is given proto files of another version than the server's, as they lie about where a service was renamed.
Alone it runs them with a binary that is built: meant_checks.py BINARY [NODE_MODULES]
"""

import os
import pathlib
import tempfile

import servers
from common import HERE, WRONG_COMMAND_LINE, Running, alone, expect, expect_in, proto

UNIMPLEMENTED = 64 + 12
LACKING = "SayHelloServerStreaming"
FOUR = ["SayHello", "SayHelloBiDiStreaming", "SayHelloClientStreaming", "SayHelloServerStreaming"]

# Every name in it is one that the server does not have.
OTHERS = {
    "near.proto": """
        syntax = "proto3"; package helloworld; message M {}
        service Greeters { rpc SayHello(M) returns (M); rpc Chat(stream M) returns (stream M); }
        service Greeter { rpc SayHelo(M) returns (M); rpc SayHeloServerStreaming(M) returns (stream M);
                          rpc Frobnicate(M) returns (M); }
    """,
    "moved.proto": """
        syntax = "proto3"; package hello.v2; message M {}
        service Greeter { rpc SayHello(M) returns (M); }
    """,
    "far.proto": """
        syntax = "proto3"; package shop; message M {}
        service Orders { rpc Place(M) returns (M); }
    """,
}

# File, method, what is said of it.
CASES = [
    ("near.proto", "helloworld.Greeters/SayHello", [
        "no service helloworld.Greeters. Did you mean helloworld.Greeter?", "It has: helloworld.Greeter",
    ]),
    ("near.proto", "helloworld.Greeters/Chat", ["no service helloworld.Greeters. Did you mean helloworld.Greeter?"]),
    ("moved.proto", "hello.v2.Greeter/SayHello", ["no service hello.v2.Greeter. Did you mean helloworld.Greeter?"]),
    ("far.proto", "shop.Orders/Place", ["no service shop.Orders.", "It has: helloworld.Greeter"]),
    ("near.proto", "helloworld.Greeter/SayHelo", [
        "helloworld.Greeter has no method SayHelo. Did you mean SayHello?", *FOUR,
    ]),
    ("near.proto", "helloworld.Greeter/SayHeloServerStreaming", [
        "has no method SayHeloServerStreaming. Did you mean SayHelloServerStreaming?",
    ]),
    ("near.proto", "helloworld.Greeter/Frobnicate", ["has no method Frobnicate.", *FOUR]),
]

# What is said where the types come from the server too: then nothing is called.
REFLECTED = [
    ("helloworld.Greeters/SayHello", "no service helloworld.Greeters; did you mean helloworld.Greeter/SayHello?"),
    ("hello.v2.Greeter/SayHello", "no service hello.v2.Greeter; did you mean helloworld.Greeter/SayHello?"),
    ("Greeter/SayHello", "no service Greeter; did you mean helloworld.Greeter/SayHello?"),
    ("shop.Orders/Place", "no service shop.Orders"),
    ("helloworld.Greeter/SayHelo", "has no method SayHelo; did you mean helloworld.Greeter/SayHello?"),
    ("helloworld.Greeter/sayHello", "has no method sayHello; did you mean helloworld.Greeter/SayHello?"),
    ("helloworld.Greeter/Frobnicate", "helloworld.Greeter has no method Frobnicate"),
]


class Meant:
    def __init__(self, checks, folder):
        self.checks, self.folder = checks, folder

    def check_all(self, server, address, lacking):
        """`lacking` is the address of a server that declares a method for which it has no code."""
        for file, method, parts in CASES:
            self.checks.check(f"{server} has no {method}", self.says, address, file, method, parts)
        for method, words in REFLECTED:
            self.checks.check(f"{server} reflects no {method}", self.reflected, address, method, words)
        self.checks.check(f"{server} lacks what it declares", self.declared, lacking)

    def says(self, address, file, method, parts):
        schema = ("--proto", str(self.folder / file))
        replies, errors = self.checks.binary.call(address, method, {}, schema=schema, code=UNIMPLEMENTED)
        expect(replies, [], "replies")
        for part in parts:
            expect_in(part, errors, "standard error")
        expect("did you mean" in errors.lower(), "?" in parts[0], f"something near; {errors}")

    def reflected(self, address, method, words):
        _, errors = self.checks.binary.call(address, method, {}, code=WRONG_COMMAND_LINE)
        expect_in(words, errors, "standard error")
        expect("did you mean" in errors, "?" in words, f"something near; {errors}")

    def declared(self, address):
        for schema in [proto("helloworld.proto"), ()]:
            method = f"helloworld.Greeter/{LACKING}"
            _, errors = self.checks.binary.call(address, method, {}, schema=schema, code=UNIMPLEMENTED)
            expect_in(f"lists {method} in its reflection, but does not implement it", errors, "standard error")

    def silent(self, address):
        """Without reflection the cause is all there is to say."""
        schema = ("--proto", str(self.folder / "near.proto"))
        for method in ["helloworld.Greeters/SayHello", "helloworld.Greeter/SayHelo"]:
            _, errors = self.checks.binary.call(address, method, {}, schema=schema, code=UNIMPLEMENTED)
            expect_in(f"does not implement {method}", errors, "standard error")
            expect("did you mean" in errors.lower(), False, f"a guess; {errors}")


def run_all(checks):
    with tempfile.TemporaryDirectory() as folder:
        meant = Meant(checks, pathlib.Path(folder))
        for name, text in OTHERS.items():
            (meant.folder / name).write_text(text)
        started = [
            servers.start("helloworld.proto", checks.events, with_reflection=with_reflection, lacking=lacking)
            for with_reflection, lacking in [(True, ()), (True, (LACKING,)), (False, ())]
        ]
        try:
            meant.check_all("grpcio", started[0][1], started[1][1])
            checks.check("grpcio without reflection: no guess", meant.silent, started[2][1])
        finally:
            for server, _ in started:
                server.stop(None)
        # That grpc-js is left out is told by run.py.
        if checks.node_modules is not None:
            script = str(HERE / "grpc_js.cjs")
            environment = {**os.environ, "NODE_PATH": str(pathlib.Path(checks.node_modules).resolve())}
            whole = Running(["node", script], "/", environment)
            part = Running(["node", script], "/", {**environment, "LACKING": LACKING})
            with whole, part:
                meant.check_all("grpc-js", whole.line().strip(), part.line().strip())


if __name__ == "__main__":
    alone(run_all)
