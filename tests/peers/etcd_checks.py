"""Checks of run.py against etcd, a server of grpc-go without reflection, by its own proto files."""

import base64
import contextlib
import json
import pathlib
import tempfile
import urllib.request

import google.api

import relay
from common import Running, expect, expect_in
from program import LIMIT, free_port

FILE = "etcd/etcdserver/etcdserverpb/rpc.proto"
SERVICES = ["Auth", "Cluster", "KV", "Lease", "Maintenance", "Watch"]
INVALID_ARGUMENT, UNIMPLEMENTED, UNAVAILABLE = 64 + 3, 64 + 12, 64 + 14
EVENTS = 1000


def run_all(checks):
    if checks.etcd is None:
        checks.left_out.append("etcd")
        return
    with tempfile.TemporaryDirectory() as folder:
        port, peer_port = free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        with contextlib.ExitStack() as stack:
            command = [checks.etcd, "--data-dir", folder, "--log-level", "error"]
            command += ["--listen-client-urls", url, "--advertise-client-urls", url]
            command += ["--listen-peer-urls", f"http://127.0.0.1:{peer_port}"]
            stack.enter_context(Running(command, folder))
            relay.wait_for_port(port, LIMIT)
            of = Etcd(checks, f"127.0.0.1:{port}")
            for name, check in [
                ("its services by its files", of.services),
                ("it has no reflection", of.no_reflection),
                ("put, range, delete", of.keys),
                ("a status", of.status),
                ("a watch sees what is put", of.watch),
                ("a watch gives the whole history in order", of.history),
                ("a compression that it has not", of.compression),
                ("it refuses too many pings", of.too_many_pings),
                ("health", of.health),
            ]:
                checks.check(f"etcd: {name}", check)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


class Etcd:
    def __init__(self, checks, address):
        self.binary, self.address = checks.binary, address
        protos = pathlib.Path(checks.etcd_protos)
        roots = [protos / "go.etcd.io", protos / "github.com/gogo/protobuf"]
        # googleapis-common-protos has the files too that it was made of.
        roots.append(pathlib.Path(list(google.api.__path__)[0]).parents[1])
        self.schema = (*(word for root in roots for word in ("-I", str(root))), "--proto", FILE)

    def call(self, method, *messages, **more):
        return self.binary.call(self.address, f"etcdserverpb.{method}", *messages, schema=self.schema, **more)

    def start(self, method, *flags):
        command = ("call", "--plaintext", *self.schema, *flags, "-d", "@")
        return self.binary.start(*command, self.address, f"etcdserverpb.{method}")

    def put(self, key, value):
        """By its gateway for JSON over HTTP/1.1."""
        data = json.dumps({"key": encoded(key), "value": encoded(value)}).encode()
        with urllib.request.urlopen(f"http://{self.address}/v3/kv/put", data, timeout=LIMIT) as answer:
            answer.read()

    def services(self):
        done = self.binary.run("list", *self.schema)
        expect(done.stdout.split(), [f"etcdserverpb.{name}" for name in SERVICES], done.stderr)

    def no_reflection(self):
        _, errors = self.binary.call(self.address, "etcdserverpb.KV/Range", {}, code=UNIMPLEMENTED)
        expect_in("has no reflection", errors, "standard error")

    def keys(self):
        key = {"key": encoded("ada")}
        self.call("KV/Put", {**key, "value": encoded("Zoë")})
        (reply,), _ = self.call("KV/Range", key)
        expect((reply["count"], reply["kvs"][0]["value"]), ("1", encoded("Zoë")), "what was put")
        (reply,), _ = self.call("KV/DeleteRange", key)
        expect(reply["deleted"], "1", "deleted")

    def status(self):
        _, errors = self.call("KV/Range", {}, code=INVALID_ARGUMENT)
        expect_in("etcdserver: key is not provided", errors, "standard error")

    def watch(self):
        with self.start("Watch/Watch") as running:
            running.write({"createRequest": {"key": encoded("seen")}})
            expect(running.next()[1].get("created"), True, "created")
            for number in range(3):
                self.put("seen", f"{number}")
                (event,) = running.next()[1]["events"]
                expect(event["kv"]["value"], encoded(f"{number}"), "value")
            running.interrupt()
            expect(running.wait(), 130, "exit code")

    def history(self):
        for number in range(EVENTS):
            self.put("many", f"{number}")
        with self.start("Watch/Watch") as running:
            running.write({"createRequest": {"key": encoded("many"), "startRevision": "1"}})
            values = []
            while len(values) < EVENTS:
                values += [event["kv"]["value"] for event in running.next()[1].get("events", [])]
            expect(values == [encoded(f"{number}") for number in range(EVENTS)], True, "all in order")

    def compression(self):
        for name in ("gzip", "zstd"):
            flags = ("--plaintext", "--compress", name)
            _, errors = self.call("KV/Range", {"key": encoded("ada")}, flags=flags, code=UNIMPLEMENTED)
            expect_in(f"compressed as {name}", errors, "standard error")

    def too_many_pings(self):
        with self.start("Watch/Watch", "--keepalive-time", "100ms") as running:
            running.write({"createRequest": {"key": encoded("ada")}})
            expect(running.wait(), UNAVAILABLE, "exit code")
            expect_in("refuses so many keepalive pings", running.process.stderr.read(), "standard error")

    def health(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "health.proto"
            file.write_text(HEALTH)
            schema = ("--proto", str(file))
            (reply,), _ = self.binary.call(self.address, "grpc.health.v1.Health/Check", {}, schema=schema)
            expect(reply, {"status": "SERVING"}, "health")


# Of github.com/grpc/grpc-proto, what is needed of it.
HEALTH = """
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
"""
