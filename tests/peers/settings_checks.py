"""Checks of run.py: each setting of a call does what it says, seen from the server or on the wire.

The settings stand in the file of a request, in those that it inherits from, and on the command line (program.py); the
servers are grpcio's. What has to do with the way to the server is in reach_checks.py.

Alone it runs them with a binary that is built: settings_checks.py BINARY
"""

import os
import socket
import tempfile
import threading
import time

import grpc
import zstandard

import relay
from common import LONG, EachWay, alone, expect, expect_in
from program import STREAM, Greeter, free_port, greeter, slowly

MEGABYTE = 1 << 20


def run_all(checks):
    of = Settings(checks)
    of.check_all("settings", [
        ("a timeout is seen by the server", of.timeout),
        ("what is nearest holds, and the rest is inherited one by one", of.inherited),
        ("a connect timeout ends the wait for a silent server", of.connect_timeout),
        ("wait for ready outlasts a server that is not there yet", of.wait_for_ready),
        ("keepalive pings, or does not", of.keepalive),
        ("a keepalive ping that is not answered ends the call", of.keepalive_timeout),
        ("keepalive without calls", of.keepalive_without_calls),
        ("a server refuses too many pings", of.too_many_pings),
        ("what may be received", of.max_receive),
        ("what may be sent", of.max_send),
        ("what the server takes, by its own limit", of.server_takes),
        ("compressed requests", of.compression),
        ("compressed responses", of.accept_compression),
        ("windows", of.windows),
        ("a user agent", of.user_agent),
        ("retries", of.retries),
        ("retries by code, and how long they wait", of.retry_waits),
        ("a server says when to try again", of.pushback),
        ("metadata", of.metadata),
        ("a socket file", of.unix),
        ("a socket with a name", of.unix_abstract),
        ("a list of addresses whose first is dead", of.list_of_addresses),
        ("the forms of a target", of.forms),
    ])


class Settings(EachWay):
    def timeout(self):
        with Greeter() as server:
            self.call(server.address, {"timeout": "7s"}, ("--max-time", "7"))
            self.call(server.address)
        with_it, without = (seen.remaining for seen in server.calls)
        self.true(with_it is not None and 4 < with_it <= 7, f"the server saw {with_it} s")
        # grpcio says a very long time where there is none.
        self.true(without is None or without > 1e6, f"without one the server saw {without} s")
        with Greeter(slowly(5)) as server:
            begun = time.monotonic()
            self.call(server.address, {"timeout": "300ms"}, ("--max-time", "300ms"), status="DEADLINE_EXCEEDED")
            self.true(time.monotonic() - begun < 4, "it took as long as the server")

    def inherited(self):
        if self.way in ("request", "flags"):
            return
        outer = {"timeout": "5s", "settings": {"userAgent": "outer/1", "compression": "gzip"}}
        inner = {"timeout": "50s", "settings": {"userAgent": "inner/1"}}
        with Greeter() as server, relay.Relay(server.address) as between:
            answer = self.program.call(self.way, between.address, outer, name=LONG, own=inner)
            expect(answer.status, "OK", answer.text[:2000])
            (seen,) = server.calls
            self.true(seen.remaining > 40, f"the outer timeout held: {seen.remaining}")
            expect(seen.values("user-agent"), ["inner/1"], "user agent")
            self.true(between.sizes()[0] < 10_000, f"not compressed: {between.sizes()}")

    def connect_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            for secure in (False, True):
                target = f"grpcs://{address}" if secure else address
                begun = time.monotonic()
                fields, flags = {"connectTimeout": "400ms"}, ("--connect-timeout", "400ms")
                self.call(target, fields, flags, status="UNAVAILABLE", says=["did not answer in time", "connect timeout"])
                took = time.monotonic() - begun
                self.true(0.4 <= took < 4, f"it took {took} s")

    def wait_for_ready(self):
        port = free_port()
        self.call(f"127.0.0.1:{port}", status="UNAVAILABLE")
        servers = []
        late = threading.Timer(1.0, lambda: servers.append(Greeter(address=f"127.0.0.1:{port}")))
        late.start()
        try:
            fields = {"settings": {"waitForReady": "on"}, "timeout": "20s"}
            self.call(f"127.0.0.1:{port}", fields, ("--wait-for-ready", "--max-time", "20"))
        finally:
            late.join()
            for server in servers:
                server.__exit__()
        expect(len(servers[0].calls), 1, "calls")

    # What a server of grpcio must be told to bear pings, all of them.
    PATIENT = (
        ("grpc.http2.min_ping_interval_without_data_ms", 10),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_ping_strikes", 0),
    )

    def keepalive(self):
        with Greeter(slowly(1.5), options=self.PATIENT) as server:
            with relay.Relay(server.address) as between:
                self.call(between.address, {"settings": {"keepaliveTime": "200ms"}}, ("--keepalive-time", "200ms"))
                self.true(3 <= between.pings() <= 8, f"{between.pings()} pings in 1.5 s")
            with relay.Relay(server.address) as between:
                self.call(between.address)
                expect(between.pings(), 0, "pings without keepalive")

    def keepalive_timeout(self):
        with Greeter(slowly(20), options=self.PATIENT) as server, relay.Relay(server.address) as between:
            silence = threading.Timer(0.6, between.silent.set)
            silence.start()
            fields = {"settings": {"keepaliveTime": "300ms", "keepaliveTimeout": "400ms"}}
            flags = ("--keepalive-time", "300ms", "--keepalive-timeout", "400ms")
            begun = time.monotonic()
            try:
                says = ["keepalive ping within 400ms"]
                self.call(between.address, fields, flags, method=STREAM, status="UNAVAILABLE", says=says)
            finally:
                silence.join()
                between.silent.clear()
            self.true(time.monotonic() - begun < 6, "it took too long")

    def keepalive_without_calls(self):
        """Two requests, one after another: the connection of the first is idle while the second one runs."""
        if self.way == "flags":
            return
        for switch, pings in [("on", True), ("off", False)]:
            with Greeter(options=self.PATIENT) as first, Greeter(slowly(1.5), options=self.PATIENT) as second:
                with relay.Relay(first.address) as between:
                    fields = {"settings": {"keepaliveTime": "200ms", "keepaliveWithoutCalls": switch}}
                    answer = self.program.call(self.way, between.address, fields, then=[{"target": second.address}])
                    expect(answer.status, "OK", answer.text)
                    expect(between.pings() > 2, pings, f"{between.pings()} pings with it {switch}")

    def too_many_pings(self):
        with Greeter(slowly(20)) as server:
            fields = {"settings": {"keepaliveTime": "100ms"}}
            says = ["refuses so many keepalive pings", self.named("--keepalive-time", "Raise the keepalive time")]
            flags = ("--keepalive-time", "100ms")
            self.call(server.address, fields, flags, method=STREAM, status="UNAVAILABLE", says=says)

    def max_receive(self):
        with Greeter(lambda *_: "b" * (5 * MEGABYTE)) as server:
            self.call(server.address)
            fields, flags = {"settings": {"maxReceiveSize": "1MB"}}, ("--max-msg-sz", "1MB")
            says = ["has 5242885 bytes", "limit of 1048576", self.named("--max-msg-sz", "Largest received")]
            self.call(server.address, fields, flags, status="RESOURCE_EXHAUSTED", says=says)
            fields, flags = {"settings": {"maxReceiveSize": "6MB"}}, ("--max-msg-sz", "6MB")
            self.call(server.address, fields, flags)

    def max_send(self):
        with Greeter() as server:
            fields, flags = {"settings": {"maxSendSize": "100kB"}}, ("--max-send-sz", "100kB")
            self.call(server.address, fields, flags, name=LONG, status="RESOURCE_EXHAUSTED", says=["200"])
            expect(len(server.calls), 0, "calls that came through")
            fields, flags = {"settings": {"maxSendSize": "300kB"}}, ("--max-send-sz", "300kB")
            self.call(server.address, fields, flags, name=LONG)

    def server_takes(self):
        with Greeter(options=[("grpc.max_receive_message_length", 100_000)]) as server:
            self.call(server.address, name=LONG, status="RESOURCE_EXHAUSTED", says=["200004 vs. 100000"])

    def compression(self):
        for name in ("identity", "gzip", "deflate"):
            with Greeter() as server, relay.Relay(server.address) as between:
                self.call(between.address, {"settings": {"compression": name}}, ("--compress", name), name=LONG)
                expect(server.calls[0].name == LONG, True, f"{name} came whole")
                expect(between.sizes()[0] < 10_000, name != "identity", f"{name}: {between.sizes()}")
        # Which grpcio has not: it says so, and what we sent can be read by those who made it.
        with Greeter() as server, relay.Relay(server.address) as between:
            fields, flags = {"settings": {"compression": "zstd"}}, ("--compress", "zstd")
            self.call(between.address, fields, flags, name=LONG, status="INTERNAL", says=["compressed as zstd", "identity"])
            sent = b"".join(frame.payload for frame in between.frames_sent(relay.DATA))
            expect(sent[0], 1, "flag of compression")
            message = zstandard.ZstdDecompressor().decompressobj().decompress(sent[5:])
            expect(greeter()[0].FromString(message).name == LONG, True, "zstd gives what was sent")

    def accept_compression(self):
        """grpcio compresses whatever the client accepts: so what is not accepted is told. See reach_checks.py too."""
        for kind in (grpc.Compression.Gzip, grpc.Compression.Deflate):
            name = kind.name.lower()
            with Greeter(lambda *_: LONG, compression=kind) as server:
                for accepted in (None, name, f"zstd, {name}"):
                    fields, flags = {"settings": {"acceptCompression": accepted}}, ("--accept-compress", accepted)
                    if accepted is None:
                        fields, flags = {}, ()
                    with relay.Relay(server.address) as between:
                        answer = self.call(between.address, fields, flags)
                        self.true(LONG in answer.text, f"{name} came whole")
                        self.true(between.sizes()[1] < 10_000, f"{between.sizes()} bytes of {name}")
                for accepted in ("identity", "zstd"):
                    fields, flags = {"settings": {"acceptCompression": accepted}}, ("--accept-compress", accepted)
                    mended = self.named("--accept-compress", "accepted compressions")
                    self.call(server.address, fields, flags, status="INTERNAL", says=[name, mended])

    def windows(self):
        fields, flags = {"settings": {"streamWindow": "1MB", "connectionWindow": "2MB"}}, ("--window", "1MB")
        with Greeter() as server:
            for given, stream, connection in [
                ((fields, flags), MEGABYTE, MEGABYTE if self.way == "flags" else 2 * MEGABYTE),
                ((None, ()), 8 * MEGABYTE, 16 * MEGABYTE),
            ]:
                with relay.Relay(server.address) as between:
                    self.call(between.address, *given)
                    expect(between.settings()[relay.INITIAL_WINDOW_SIZE], stream, "window of a stream")
                    update = next(frame for frame in between.frames_sent(relay.WINDOW_UPDATE) if frame.stream == 0)
                    size = 65_535 + int.from_bytes(update.payload, "big")
                    expect(size, connection, "window of the connection")

    def user_agent(self):
        with Greeter() as server:
            self.call(server.address, {"settings": {"userAgent": "probe/1"}}, ("--user-agent", "probe/1"))
            self.call(server.address)
        given, usual = (seen.values("user-agent") for seen in server.calls)
        if self.way == "flags":
            self.true(given[0].startswith("probe/1 trunkline/"), f"user agent {given}")
        else:
            expect(given, ["probe/1"], "user agent")
        self.true(len(usual) == 1 and usual[0].startswith("trunkline/"), f"user agent {usual}")

    def retries(self):
        def failing(times, code=grpc.StatusCode.UNAVAILABLE):
            def manner(seen, context, before):
                if before < times:
                    context.abort(code, "not yet")
                return "at last"

            return manner

        fields = {"settings": {"retryAttempts": "4", "retryBackoff": "20ms"}}
        flags = ("--retry", "3", "--retry-backoff", "20ms")
        with Greeter(failing(3)) as server:
            answer = self.call(server.address, fields, flags)
            expect_in("at last", answer.text, "reply")
            previous = [seen.values("grpc-previous-rpc-attempts") for seen in server.calls]
            expect(previous, [[], ["1"], ["2"], ["3"]], "attempts before")
        with Greeter(failing(9)) as server:
            self.call(server.address, fields, flags, status="UNAVAILABLE", says=["not yet"])
            expect(len(server.calls), 4, "attempts")
        with Greeter(failing(1)) as server:
            self.call(server.address, status="UNAVAILABLE")
            expect(len(server.calls), 1, "attempts without retries")
        with Greeter(failing(1, grpc.StatusCode.ABORTED)) as server:
            self.call(server.address, fields, flags, status="ABORTED")
            expect(len(server.calls), 1, "attempts of another code")

    def retry_waits(self):
        def manner(seen, context, before):
            if before < 3:
                context.abort(grpc.StatusCode.ABORTED, "not yet")
            return "at last"

        settings = {
            "retryAttempts": "4",
            "retryCodes": "ABORTED, INTERNAL",
            "retryBackoff": "10s",
            "retryMaxBackoff": "200ms",
        }
        flags = ("--retry", "3", "--retry-codes", "ABORTED,INTERNAL", "--retry-backoff", "10", "--retry-max-backoff")
        with Greeter(manner) as server:
            self.call(server.address, {"settings": settings}, (*flags, "200ms"))
            waits = [after.at - before.at for before, after in zip(server.calls, server.calls[1:])]
            expect(len(waits), 3, "attempts")
            self.true(max(waits) < 2, f"waits of {waits} s")

    def pushback(self):
        for answer, calls in [("700", 2), ("-1", 1)]:
            def manner(seen, context, before, answer=answer):
                if before == 0:
                    context.set_trailing_metadata([("grpc-retry-pushback-ms", answer)])
                    context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
                return "at last"

            fields = {"settings": {"retryAttempts": "3", "retryBackoff": "10ms"}}
            flags = ("--retry", "2", "--retry-backoff", "10ms")
            with Greeter(manner) as server:
                self.call(server.address, fields, flags, status="OK" if calls == 2 else "UNAVAILABLE")
                expect(len(server.calls), calls, f"attempts after {answer}")
                if calls == 2:
                    wait = server.calls[1].at - server.calls[0].at
                    self.true(0.7 <= wait < 4, f"it waited {wait} s")

    def metadata(self):
        rows = [
            ["x-many", "one"],
            ["x-other", "beside"],
            ["x-many", "two, 3"],
            {"name": "x-off", "value": "never", "disabled": True},
            {"name": "x-text-bin", "value": "Zoë", "form": "text"},
            {"name": "x-hex-bin", "value": "00:ff 7F", "form": "hex"},
            ["x-base-bin", "AAH/"],
            ["x-long", "v" * 4000],
        ]
        flags = ["-H", "x-many: one", "-H", "x-other: beside", "-H", "x-many: two, 3", "-H", "x-base-bin: AAH/"]
        with Greeter() as server:
            self.call(server.address, {"metadata": rows}, (*flags, "-H", "x-long: " + "v" * 4000))
            (seen,) = server.calls
        expect(seen.values("x-many"), ["one", "two, 3"], "repeated")
        expect(seen.values("x-other"), ["beside"], "beside")
        expect(seen.values("x-off"), [], "switched off")
        expect(seen.values("x-base-bin"), [b"\0\1\xff"], "base64")
        expect(len(seen.values("x-long")[0]), 4000, "long")
        if self.way != "flags":
            expect(seen.values("x-text-bin"), ["Zoë".encode()], "text")
            expect(seen.values("x-hex-bin"), [b"\0\xff\x7f"], "hex")

    def unix(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/greeter.sock"
            with Greeter(address=f"unix:{path}") as server:
                for target in (f"unix:{path}", f"unix://{path}"):
                    self.call(target)
                expect([seen.peer for seen in server.calls], ["unix:"] * 2, "peers")

    def unix_abstract(self):
        name = f"trunkline-{os.getpid()}-{self.way}"
        with Greeter(address=f"unix-abstract:{name}") as server:
            self.call(f"unix-abstract:{name}")
            expect(len(server.calls), 1, "calls")

    def list_of_addresses(self):
        with Greeter() as server:
            self.call(f"ipv4:127.0.0.1:{free_port()},{server.address}")
            expect(len(server.calls), 1, "calls")

    def forms(self):
        """localhost is ::1 first on many machines, where nobody listens."""
        with Greeter() as server:
            targets = [form.format(server.port) for form in ("localhost:{}", "dns:localhost:{}", "dns:///127.0.0.1:{}")]
            for target in targets:
                self.call(target)
            expect(len(server.calls), 3, "calls")
        self.call("xds:///greeter", status="unsent", says=["not supported"])


if __name__ == "__main__":
    alone(run_all)
