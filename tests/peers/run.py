#!/usr/bin/env python3
"""Runs the built binary against servers written by others (servers.py), and others' clients against our demo server.

Needs a Python with the packages that .ci/run installs, and openssl on the PATH for the TLS checks; installs nothing.
With a node_modules folder that has those of npm, and node on the PATH, servers of theirs are called too. What is left
out for want of something is told at the end, before the line `N passed, N failed`; the status is 1 if any failed, and
with --all also if anything was left out.
"""

import argparse
import http.server
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import traceback

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

import auth_checks
import compare_protoc
import connect_checks
import etcd_checks
import interop_cases
import interop_grpcio
import reach_checks
import servers
import settings_checks
import sonora_checks
from common import Binary, Failed, Running, expect, expect_in, node, proto
from program import LIMIT, free_port

DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE = 64 + 4, 64 + 5, 64 + 12, 64 + 14
WRONG_COMMAND_LINE = 2


def named(*names):
    return [{"name": name} for name in names]


def five(field, name):
    return [{field: f"Hello, {name}! Number {number}"} for number in range(1, 6)]


# File, method, messages sent, replies expected; a reply may be a function that judges it.
CALLS = [
    ("helloworld.proto", "helloworld.Greeter/SayHello", named("世界"), [{"message": "Hello, 世界!"}]),
    ("helloworld.proto", "helloworld.Greeter/SayHelloServerStreaming", named("Ada"), five("message", "Ada")),
    (
        "helloworld.proto",
        "helloworld.Greeter/SayHelloClientStreaming",
        named("Ada", "Zoë", "李雷"),
        [{"message": "Hello, Ada, Zoë, 李雷!"}],
    ),
    (
        "helloworld.proto",
        "helloworld.Greeter/SayHelloBiDiStreaming",
        named("Ada", "Zoë"),
        [{"message": "Hello, Ada!"}, {"message": "Hello, Zoë!"}],
    ),
    ("greeter.proto", "hello.Greeter/SayHello", named("Ada"), [{"reply": "Hello, Ada!"}]),
    ("greeter.proto", "hello.Greeter/LotsOfReplies", named("Ada"), five("reply", "Ada")),
    ("greeter.proto", "hello.Greeter/LotsOfGreetings", named("Ada", "Zoë"), [{"reply": "Hello, Ada, Zoë!"}]),
    ("hello.proto", "hello.Hello/SayHello", [{"name": "Ada", "age": 36}], [{"message": "hello Ada 36"}]),
    ("test.proto", "TestServer/GetRandom", [{"id": "x"}], [lambda reply: 10 <= reply["random"] <= 20]),
    ("seckey.proto", "Crypt/DoEncrypt", [{"token": "t-", "data": ["a", "二"]}], [{"data": ["t-a", "t-二"]}]),
]


class Checks:
    """Runs checks by name and counts."""

    def __init__(self, binary, given):
        self.binary = binary
        self.node_modules = given.node_modules
        self.interop = given.interop
        self.interop_cpp = given.interop_cpp
        self.etcd, self.etcd_protos = given.etcd, given.etcd_protos
        self.left_out = []
        self.events = servers.Events()
        self.running = []
        self.addresses = {}
        self.passed = self.failed = 0

    def start_servers(self):
        for name in servers.FILES:
            server, self.addresses[name] = servers.start(name, self.events)
            self.running.append(server)

    def check(self, name, run, *arguments):
        self.events.clear()
        try:
            run(*arguments)
        except Exception as error:  # A check that breaks has failed; the others go on.
            self.failed += 1
            print(f"FAILED  {name}\n        {error}", flush=True)
            if not isinstance(error, (Failed, subprocess.TimeoutExpired)):
                traceback.print_exc()
            return
        self.passed += 1
        print(f"ok      {name}", flush=True)

    def run_all(self):
        self.start_servers()
        for name, method, messages, replies in CALLS:
            for source, schema in [("by proto", proto(name)), ("by reflection", ())]:
                self.check(f"{method} {source}", self.answers, self.addresses[name], method, messages, replies, schema)
        for name, service in servers.FILES.items():
            self.check(f"list and describe {service}", self.explores, name, service)
            self.check(f"save what reflection tells of {service}", self.saves, self.addresses[name], name, service)
        greeter = self.addresses["helloworld.proto"]
        self.check("both spellings of a method", self.method_with_a_dot, greeter)
        self.check("replies are seen as they arrive", self.seen_as_they_arrive, greeter)
        self.check("messages go out as they are typed", self.sent_as_typed, greeter)
        self.check("the end of the stream reaches the server", self.end_of_stream, greeter)
        self.check("an interrupted reply stream is cancelled", self.cancelled, greeter)
        self.check("an interrupted request stream is cancelled, not ended", self.cancelled_upload, greeter)
        self.check("a deadline ends the call on both sides", self.deadline, greeter)
        self.check("headers and trailers with -v", self.headers_and_trailers, greeter)
        self.check("a method that the server lacks", self.unimplemented)
        self.check("a method that does not exist", self.no_such_method, greeter)
        self.check("data that does not fit", self.data_that_does_not_fit, greeter)
        self.check("a server without reflection", self.no_reflection)
        self.check("nobody listens", self.refused)
        self.check("a server that speaks HTTP/1.1", self.http1)
        self.check("TLS to a plaintext server", self.tls_to_plaintext, greeter)
        self.tls_checks()
        if self.node_modules is not None:
            self.grpc_js_checks()
        else:
            self.left_out.append("grpc-js")
        for checks in (connect_checks, etcd_checks, sonora_checks, settings_checks, reach_checks, auth_checks):
            checks.run_all(self)
        self.demo_checks()
        if self.interop is not None:
            self.interop_checks()
        else:
            self.left_out.append("the interoperability cases")

    def interop_checks(self):
        """The official interoperability cases, which the example `interop` runs with the engine alone."""
        for compression in ("gzip", "deflate"):
            kind = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}[compression]
            server, address = interop_grpcio.start(self.events, kind)
            try:
                if compression == "gzip":
                    self.interop_cases("grpcio", address, interop_cases.ALL)
                    self.check("interop, grpcio: the server sees a cancel as one", self.interop_cancel, address)
                self.interop_cases("grpcio", address, interop_cases.unprobed(compression))
                self.interop_cases("grpcio", address, interop_cases.server_compressed(compression))
            finally:
                server.stop(None)
        if self.node_modules is not None:
            with node(self, "interop_grpc_js.cjs") as server:
                address = server.line().strip()
                self.interop_cases("grpc-js", address, interop_cases.ALL)
                for compression in ("gzip", "deflate"):
                    self.interop_cases("grpc-js", address, interop_cases.unprobed(compression))
        if self.interop_cpp is not None:
            port = free_port()
            address = f"127.0.0.1:{port}"
            with Running([self.interop_cpp, str(port)], self.binary.folder):
                with grpc.insecure_channel(address) as channel:
                    grpc.channel_ready_future(channel).result(LIMIT)
                self.interop_cases("C++", address, interop_cases.ALL)
                for compression in ("gzip", "deflate"):
                    self.interop_cases("C++", address, interop_cases.client_compressed(compression))
                    self.interop_cases("C++", address, interop_cases.server_compressed(compression))
        else:
            self.left_out.append("the official interoperability server of gRPC C++")

    def interop_cases(self, server, address, cases):
        """One start of the program for all of them; each is a check of its own."""
        done = subprocess.run([self.interop, address, *cases], capture_output=True, text=True, timeout=LIMIT * 4)
        lines = done.stdout.splitlines()
        for case in cases:
            self.check(f"interop, {server}: {case}", self.interop_case, case, lines, done)

    def interop_case(self, case, lines, done):
        if f"ok {case}" not in lines:
            failed = next((line for line in lines if line.startswith(f"FAILED {case}: ")), None)
            raise Failed(failed or f"no word of it: {done.stdout}{done.stderr}")

    def interop_cancel(self, address):
        """A call that is cancelled earlier may never come to the server's code."""
        case = "cancel_after_first_response"
        done = subprocess.run([self.interop, address, case], capture_output=True, text=True, timeout=LIMIT)
        expect(done.returncode, 0, done.stdout)
        expect(self.events.time_of("FullDuplexCall over") is not None, True, f"it was over; {self.events.all()}")
        expect("FullDuplexCall ended" in self.events.all(), False, "the server saw the end of sending")

    def answers(self, address, method, messages, replies, schema):
        got, _ = self.binary.call(address, method, *messages, schema=schema)
        expect(len(got), len(replies), f"replies {got}")
        for reply, wanted in zip(got, replies):
            if callable(wanted):
                expect(bool(wanted(reply)), True, f"reply {reply}")
            else:
                expect(reply, wanted, "reply")

    def explores(self, name, service):
        self.lists_and_describes(self.addresses[name], service, [proto(name)])

    def lists_and_describes(self, address, service, schemas=()):
        for schema, target in [*((schema, ()) for schema in schemas), ((), ("--plaintext", address))]:
            done = self.binary.run("list", *schema, *target)
            expect(done.returncode, 0, f"list: {done.stderr}")
            expect(service in done.stdout.split(), True, f"{service} in {done.stdout!r}")
            done = self.binary.run("describe", *schema, *target, service)
            expect(done.returncode, 0, f"describe: {done.stderr}")
            expect_in("service " + service.rsplit(".", 1)[-1], done.stdout, "describe")
            expect_in("rpc ", done.stdout, "describe")

    def saves(self, address, name, service):
        """What was reflected, saved in both forms, serves in place of reflection."""
        with tempfile.TemporaryDirectory() as folder:
            protoset, protos = pathlib.Path(folder) / "all.pb", pathlib.Path(folder) / "protos"
            out = ("--protoset-out", str(protoset), "--proto-out-dir", str(protos))
            done = self.binary.run("list", "--plaintext", *out, address, service)
            expect(done.returncode, 0, f"list: {done.stderr}")
            files = descriptor_pb2.FileDescriptorSet.FromString(protoset.read_bytes()).file
            services = [f"{file.package}.{item.name}".strip(".") for file in files for item in file.service]
            expect(service in services, True, f"{service} in {services}")
            expect(self.binary.run("check", "-I", str(protos), str(protos)).returncode, 0, "check of what was saved")
            described = self.binary.run("describe", "--plaintext", address, service).stdout
            for schema in [("--protoset", str(protoset)), ("--proto", str(protos))]:
                expect(self.binary.run("describe", *schema, service).stdout, described, f"description by {schema[0]}")
                for _, method, messages, replies in (call for call in CALLS if call[0] == name):
                    self.answers(address, method, messages, replies, schema)
            # protoc reads it too, and makes the same of it.
            again = pathlib.Path(folder) / "again.pb"
            sources = [str(path) for path in protos.rglob("*.proto")]
            expect(protoc.main(["protoc", f"-I{protos}", f"-o{again}", *sources]), 0, "protoc")
            for file in descriptor_pb2.FileDescriptorSet.FromString(again.read_bytes()).file:
                told = next(one for one in files if one.name == file.name)
                expect(compare_protoc.normalise(file), compare_protoc.normalise(told), file.name)

    def serves_reflection(self, address, version):
        with grpc.insecure_channel(address) as channel:
            ask = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                # Both versions have the same messages on the wire.
                request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
            )
            request = reflection_pb2.ServerReflectionRequest(list_services="")
            answer = next(ask(iter([request]), timeout=LIMIT))
            names = [service.name for service in answer.list_services_response.service]
            expect("helloworld.Greeter" in names, True, f"helloworld.Greeter in {names}")

    def method_with_a_dot(self, address):
        got, _ = self.binary.call(address, "helloworld.Greeter.SayHello", {"name": "Ada"})
        expect(got, [{"message": "Hello, Ada!"}], "replies")

    def seen_as_they_arrive(self, address):
        method = "helloworld.Greeter/SayHelloServerStreaming"
        schema = proto("helloworld.proto")
        with self.binary.start("call", "--plaintext", *schema, "-d", '{"name": "Ada"}', address, method) as running:
            first, _ = running.next()
            last_sent = self.events.time_of(f"{method} sends 5")
            if last_sent is None or first >= last_sent:
                raise Failed("the first reply came out only after the server had sent the last")
            expect(len(list(iter(running.next, None))), 4, "further replies")
            expect(running.wait(), 0, "exit code")

    def sent_as_typed(self, address):
        method = "helloworld.Greeter/SayHelloBiDiStreaming"
        schema = proto("helloworld.proto")
        with self.binary.start("call", "--plaintext", *schema, "-d", "@", address, method) as running:
            for name in ["Ada", "世界"]:
                running.write({"name": name})
                expect(running.next()[1], {"message": f"Hello, {name}!"}, "reply while the input is open")
            running.close()
            expect(running.next(), None, "output after the end")
            expect(running.wait(), 0, "exit code")
        expect(f"{method} cancelled" in self.events.all(), False, "cancelled")

    def end_of_stream(self, address):
        method = "helloworld.Greeter/SayHelloClientStreaming"
        self.binary.call(address, method, {"name": "Ada"}, {"name": "Zoë"}, schema=proto("helloworld.proto"))
        expect(self.events.time_of(f"{method} ended") is not None, True, "the server saw the end")
        expect(f"{method} cancelled" in self.events.all(), False, "cancelled")

    def cancelled(self, address):
        method = "helloworld.Greeter/SayHelloServerStreaming"
        schema = proto("helloworld.proto")
        with self.binary.start("call", "--plaintext", *schema, "-d", '{"name": "Ada"}', address, method) as running:
            running.next()
            running.interrupt()
            expect(running.wait(), 130, "exit code")
        expect(self.events.time_of(f"{method} cancelled") is not None, True, "the server saw the cancel")
        expect(f"{method} sends 5" in self.events.all(), False, "all five were sent")

    def cancelled_upload(self, address):
        method = "helloworld.Greeter/SayHelloBiDiStreaming"
        schema = proto("helloworld.proto")
        with self.binary.start("call", "--plaintext", *schema, "-d", "@", address, method) as running:
            running.write({"name": "Ada"})
            running.next()
            running.interrupt()
            expect(running.wait(), 130, "exit code")
        expect(self.events.time_of(f"{method} cancelled") is not None, True, "the server saw the cancel")
        expect(f"{method} ended" in self.events.all(), False, "ended")

    def deadline(self, address):
        method = "helloworld.Greeter/SayHelloServerStreaming"
        flags = ("--plaintext", "--max-time", "0.5")
        schema = proto("helloworld.proto")
        replies, errors = self.binary.call(
            address, method, {"name": "Ada"}, schema=schema, flags=flags, code=DEADLINE_EXCEEDED
        )
        expect(0 < len(replies) < 5, True, f"{len(replies)} replies before the deadline")
        expect_in("deadline", errors, "standard error")
        expect(self.events.time_of(f"{method} cancelled") is not None, True, "the server saw the end")

    def headers_and_trailers(self, address):
        flags = ("--plaintext", "-v", "-H", "x-trace: seven", "-H", "x-raw-bin: AAH/")
        _, errors = self.binary.call(address, "helloworld.Greeter/SayHello", {"name": "Ada"}, flags=flags)
        for part in ["x-echo-x-trace: seven", "x-echo-x-raw-bin: AAH/", "x-trailer: python", "OK"]:
            expect_in(part, errors, "standard error")

    def unimplemented(self):
        address = self.addresses["hello.proto"]
        schema = proto("helloworld.proto")
        _, errors = self.binary.call(
            address, "helloworld.Greeter/SayHello", {}, schema=schema, code=UNIMPLEMENTED
        )
        expect_in("unimplemented", errors, "standard error")

    def no_such_method(self, address):
        for schema in [proto("helloworld.proto"), ()]:
            for method in ["helloworld.Greeter/SayHallo", "no.Such/Method", "Greeter"]:
                _, errors = self.binary.call(address, method, {}, schema=schema, code=WRONG_COMMAND_LINE)
                expect(bool(errors.strip()), True, "standard error says something")

    def data_that_does_not_fit(self, address):
        schema = proto("helloworld.proto")
        for data, part in [('{"name": 7}', "name"), ('{"nome": "Ada"}', "nome"), ('{"name": ', ""), ("[]", "")]:
            arguments = ("call", "--plaintext", *schema, "-d", data, address, "helloworld.Greeter/SayHello")
            done = self.binary.run(*arguments)
            expect(done.returncode, WRONG_COMMAND_LINE, f"exit code for {data}; {done.stderr}")
            expect_in(part, done.stderr, "standard error")
            expect(done.stdout, "", "standard output")

    def no_reflection(self):
        server, address = servers.start("hello.proto", self.events, with_reflection=False)
        try:
            done = self.binary.run("list", "--plaintext", address)
            expect(done.returncode not in (0, 101), True, f"exit code {done.returncode}")
            expect_in("reflection", done.stderr, "standard error")
        finally:
            server.stop(None)

    def refused(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
            schema = proto("helloworld.proto")
            _, errors = self.binary.call(
                address, "helloworld.Greeter/SayHello", {}, schema=schema, code=UNAVAILABLE
            )
            expect_in(address, errors, "standard error")

    def http1(self):
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            address = f"127.0.0.1:{server.server_address[1]}"
            schema = proto("helloworld.proto")
            _, errors = self.binary.call(
                address, "helloworld.Greeter/SayHello", {}, schema=schema, code=UNAVAILABLE
            )
            expect_in("HTTP/1", errors, "standard error")
        finally:
            server.shutdown()

    def tls_to_plaintext(self, address):
        schema = proto("helloworld.proto")
        _, errors = self.binary.call(
            address, "helloworld.Greeter/SayHello", {}, schema=schema, flags=(), code=UNAVAILABLE
        )
        expect_in("TLS", errors, "standard error")
        expect_in("plaintext", errors, "standard error")

    def tls_checks(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = pathlib.Path(folder) / "key.pem", pathlib.Path(folder) / "certificate.pem"
            command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
            names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
            # Not an authority: rustls takes no authority's certificate as a server's.
            limits = "basicConstraints=critical,CA:FALSE"
            subprocess.run(
                [*command.split(), "-addext", names, "-addext", limits, "-keyout", key, "-out", certificate],
                check=True,
                capture_output=True,
            )
            credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
            server, address = servers.start("helloworld.proto", self.events, credentials)
            try:
                self.check("TLS with its own root", self.tls_works, address, ("--cacert", str(certificate)))
                self.check("TLS without verification", self.tls_works, address, ("--insecure",))
                self.check("TLS with an unknown issuer", self.tls_unknown_issuer, address)
                self.check("plaintext to a TLS server", self.plaintext_to_tls, address)
            finally:
                server.stop(None)

    def tls_works(self, address, flags):
        for schema in [proto("helloworld.proto"), ()]:
            got, _ = self.binary.call(
                address, "helloworld.Greeter/SayHello", {"name": "Ada"}, schema=schema, flags=flags
            )
            expect(got, [{"message": "Hello, Ada!"}], "replies")

    def tls_unknown_issuer(self, address):
        schema = proto("helloworld.proto")
        _, errors = self.binary.call(
            address, "helloworld.Greeter/SayHello", {}, schema=schema, flags=(), code=UNAVAILABLE
        )
        expect_in("certificate", errors, "standard error")

    def plaintext_to_tls(self, address):
        schema = proto("helloworld.proto")
        _, errors = self.binary.call(
            address, "helloworld.Greeter/SayHello", {}, schema=schema, code=UNAVAILABLE
        )
        expect_in("TLS", errors, "standard error")

    def grpc_js_checks(self):
        with node(self, "grpc_js.cjs") as server:
            address = server.line().strip()
            for name, method, messages, replies in CALLS:
                if name == "helloworld.proto":
                    for source, schema in [("by proto", proto(name)), ("by reflection", ())]:
                        arguments = (address, method, messages, replies, schema)
                        self.check(f"grpc-js: {method} {source}", self.answers, *arguments)
            arguments = ("helloworld.proto", "helloworld.Greeter")
            self.check("grpc-js: list and describe", self.lists_and_describes, address, arguments[1])
            self.check("grpc-js: save what reflection tells", self.saves, address, *arguments)
            # The newer version is asked for first: with it the checks above ran, with grpcio's servers the older one.
            for version in ("v1", "v1alpha"):
                self.check(f"grpc-js serves reflection {version}", self.serves_reflection, address, version)

    def demo_checks(self):
        """Our own demo server, from the side of a client that others wrote."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            self.check("the demo server says when its port is taken", self.demo_port_taken, port, free)
        with self.binary.start("demo-server", "--port", str(port)) as running:
            address = f"127.0.0.1:{port}"
            channel = grpc.insecure_channel(address)
            try:
                grpc.channel_ready_future(channel).result(LIMIT)
            except grpc.FutureTimeoutError:
                self.check("the demo server starts", self.not_started, running)
                return
            self.check("grpcio finds the demo's services by reflection", self.demo_reflection, channel)
            self.check("grpcio calls the demo's methods", self.demo_calls, channel)
            self.check("grpcio checks the demo's health", self.demo_health, channel)
            for name, method, messages, replies in CALLS:
                arguments = (address, method, messages, replies, ())
                self.check(f"demo server: {method}", self.answers, *arguments)
            self.check("demo server: the status that was asked for", self.demo_fails, address)
            channel.close()
            running.interrupt()
            self.check("the demo server ends at an interrupt", running.wait)
        self.check("the demo collection runs", self.demo_collection)

    def demo_collection(self):
        """The collection that the first start lays down, run as it would be in CI, with a demo server of its own."""
        folder = pathlib.Path(self.binary.folder) / "demo"
        shutil.copytree(servers.SAMPLES.parent / "assets" / "demo-collection", folder)
        shutil.copytree(servers.SAMPLES, folder / "protos")
        done = self.binary.run("run", str(folder))
        expect(done.returncode, 0, f"exit code; {done.stdout}{done.stderr}")
        expect_in("0 failed", done.stdout + done.stderr, "summary")

    def not_started(self, running):
        running.process.kill()
        raise Failed(running.process.stderr.read())

    def demo_port_taken(self, port, free):
        free.listen()
        done = self.binary.run("demo-server", "--port", str(port))
        expect(done.returncode, 1, f"exit code; {done.stderr}")
        expect_in(str(port), done.stderr, "standard error")

    def demo_reflection(self, channel):
        names = ProtoReflectionDescriptorDatabase(channel).get_services()
        for wanted in [*servers.FILES.values(), "trunkline.demo.v1.KitchenSink", "grpc.health.v1.Health"]:
            expect(wanted in names, True, f"{wanted} in {names}")

    def demo_calls(self, channel):
        for _, path, messages, replies in CALLS:
            service, method = path.split("/")
            # Its own pool each time: two files of the demo define the same names.
            pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
            method = pool.FindServiceByName(service).methods_by_name[method]
            request, reply = (message_factory.GetMessageClass(t) for t in (method.input_type, method.output_type))
            call = channel.stream_stream(
                "/" + path, request_serializer=request.SerializeToString, response_deserializer=reply.FromString
            )
            got = list(call(iter([request(**message) for message in messages]), timeout=LIMIT))
            expect(len(got), len(replies), f"{path}: replies")
            for message, wanted in zip(got, replies):
                if not callable(wanted):
                    expect(message, reply(**wanted), path)

    def demo_health(self, channel):
        answer = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service="hello.Hello"), timeout=LIMIT
        )
        expect(answer.status, health_pb2.HealthCheckResponse.SERVING, "status")

    def demo_fails(self, address):
        request = {"code": "NOT_FOUND", "message": "没有", "details": [{"errorInfo": {"reason": "GONE"}}]}
        method = "trunkline.demo.v1.KitchenSink/Fail"
        _, errors = self.binary.call(address, method, request, code=NOT_FOUND)
        expect_in("没有", errors, "standard error")


def main():
    parser = argparse.ArgumentParser(description="Runs the program against servers and clients of others.")
    parser.add_argument("binary", help="trunkline")
    parser.add_argument("--node-modules", help="where @grpc/grpc-js, @grpc/proto-loader and @grpc/reflection are")
    parser.add_argument("--interop", help="the example `interop`, for the interoperability cases")
    parser.add_argument("--interop-cpp", help="the official server of gRPC C++, as interop_cpp.sh builds it")
    parser.add_argument("--etcd", help="etcd's server, for its services")
    parser.add_argument("--etcd-protos", help="folder of Go sources, with etcd's and gogo's proto files in it")
    parser.add_argument("--all", action="store_true", help="what is left out counts as failed")
    given = parser.parse_args()
    run_and_tell(given, Checks.run_all)


def run_and_tell(given, run_all):
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(Binary(given.binary, folder), given)
        try:
            run_all(checks)
        finally:
            for server in checks.running:
                server.stop(None)
            for what in checks.left_out:
                print(f"left out: {what}", flush=True)
            print(f"{checks.passed} passed, {checks.failed} failed", flush=True)
    raise SystemExit(1 if checks.failed or (given.all and checks.left_out) else 0)


if __name__ == "__main__":
    main()
