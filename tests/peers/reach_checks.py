"""Checks of run.py: the settings of the way to the server: TLS, proxies, authority, path prefix, protocol.

Each stands in every place where it can be set (program.py). The servers are grpcio's, grpc-js's and connect-node's, the
proxies tinyproxy and microsocks; certificates are openssl's.

Alone it runs them with a binary that is built: reach_checks.py BINARY [NODE_MODULES]
"""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile

import grpc

import relay
import servers
from common import LONG, EachWay, Failed, alone, expect, expect_in, node
from program import LIMIT, Greeter, free_port

HOST = "greeter.test"


def run_all(checks):
    with tempfile.TemporaryDirectory() as folder:
        tls = Tls(checks, pathlib.Path(folder))
        tls.check_all("TLS", [
            ("its own authority", tls.own_authority),
            ("a server name", tls.server_name),
            ("an authority", tls.authority),
            ("a client certificate in PEM", tls.client_pem),
            ("a client certificate in PKCS#12", tls.client_pkcs12),
            ("skipped verification", tls.insecure),
            ("plaintext to it", tls.plaintext),
            ("a log of its keys", tls.key_log),
            ("plaintext and TLS by the target's scheme", tls.schemes),
        ])
    proxies = Proxies(checks)
    if shutil.which("tinyproxy") is None:
        checks.left_out.append("tinyproxy")
    else:
        proxies.check_all("proxy", [
            ("tinyproxy", proxies.http),
            ("tinyproxy with a password", proxies.http_password),
            ("the environment's, and its exceptions", proxies.environment),
        ])
    if shutil.which("microsocks") is None:
        checks.left_out.append("microsocks")
    else:
        proxies.check_all("proxy", [
            ("microsocks", proxies.socks),
            ("microsocks with a password", proxies.socks_password),
        ])
    if checks.node_modules is None:
        checks.left_out.append("settings against grpc-js and connect-node")
        return
    with node(checks, "settings_grpc_js.cjs") as server:
        of = GrpcJs(checks, server)
        of.check_all("grpc-js", [
            ("timeout, user agent, authority and metadata", of.sees),
            ("compressed requests", of.compression),
        ])
    with tempfile.TemporaryDirectory() as folder:
        descriptors = pathlib.Path(folder) / "greeter.pb"
        servers.compiled(descriptors, "helloworld.proto")
        with node(checks, "connect_node.cjs", descriptors) as server:
            of = ConnectNode(checks, [server.line().strip() for _ in range(2)])
            of.check_all("connect-node", [
                ("protocols", of.protocols),
                ("a path prefix", of.prefix),
                ("accepted compressions", of.accepted),
            ])


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder, name, subject, names, authority=None):
    """name.pem and name.key, signed by an authority or by themselves."""
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    by = ["-CA", f"{authority}.pem", "-CAkey", f"{authority}.key"] if authority else []
    kind = "CA:TRUE" if names is None else "CA:FALSE"
    alternative = [] if names is None else ["-addext", f"subjectAltName={names}"]
    out = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
    basic = ["-addext", f"basicConstraints=critical,{kind}"]
    openssl(folder, *request, "-subj", f"/CN={subject}", *basic, *alternative, *by, *out)


class Tls(EachWay):
    def __init__(self, checks, folder):
        super().__init__(checks)
        self.folder = folder
        certificate(folder, "authority", "Authority", None)
        certificate(folder, "server", HOST, f"DNS:{HOST}", "authority")
        certificate(folder, "here", "127.0.0.1", "IP:127.0.0.1", "authority")
        certificate(folder, "client", "client", "DNS:client.test", "authority")
        export = ["pkcs12", "-export", "-in", "client.pem", "-inkey", "client.key"]
        openssl(folder, *export, "-passout", "pass:geheim", "-out", "client.p12")

    def path(self, name):
        return str(self.folder / name)

    def server(self, name="here", client=False):
        key, chain, root = ((self.folder / file).read_bytes() for file in (f"{name}.key", f"{name}.pem", "authority.pem"))
        credentials = grpc.ssl_server_credentials([(key, chain)], root if client else None, client)
        return Greeter(credentials=credentials)

    def ca(self, **more):
        return {"tls": {"mode": "tls", "ca": self.path("authority.pem"), **more}}

    @property
    def ca_flags(self):
        return ("--cacert", self.path("authority.pem"))

    def own_authority(self):
        with self.server() as server:
            self.call(server.address, self.ca(), self.ca_flags)
            flags, says = ("--cacert", self.path("client.pem")), ["certificate"]
            wrong = {"tls": {"mode": "tls", "ca": self.path("client.pem")}}
            self.call(server.address, wrong, flags, status="UNAVAILABLE", says=says)
            expect(len(server.calls), 1, "calls")

    def server_name(self):
        with self.server("server") as server, relay.Relay(server.address) as between:
            self.call(between.address, self.ca(), self.ca_flags, status="UNAVAILABLE", says=[HOST, "127.0.0.1"])
            between.clear()
            self.call(between.address, self.ca(serverName=HOST), (*self.ca_flags, "--servername", HOST))
            self.true(HOST.encode() in bytes(between.sent), "the name is in the client's hello")

    def authority(self):
        with self.server("server") as server:
            self.call(server.address, self.ca(authority=HOST), (*self.ca_flags, "--authority", HOST))

    def client_pem(self):
        with self.server(client=True) as server:
            self.call(server.address, self.ca(), self.ca_flags, status="UNAVAILABLE", says=["client certificate"])
            files = {"cert": self.path("client.pem"), "key": self.path("client.key")}
            flags = (*self.ca_flags, "--cert", files["cert"], "--key", files["key"])
            self.call(server.address, self.ca(**files), flags)
            expect(server.calls[0].identity, b"client.test", "the client's name")

    def client_pkcs12(self):
        with self.server(client=True) as server:
            for password, status in [("geheim", "OK"), ("falsch", "UNAVAILABLE")]:
                fields = self.ca(cert=self.path("client.p12"), password=password)
                flags = (*self.ca_flags, "--cert", self.path("client.p12"), "--cert-password", password)
                self.call(server.address, fields, flags, status=status, says=[] if status == "OK" else ["password"])
            expect([seen.identity for seen in server.calls], [b"client.test"], "the client's name")

    def insecure(self):
        with self.server("server") as server:
            self.call(server.address, {"tls": {"mode": "tls", "insecure": True}}, ("--insecure",))

    def key_log(self):
        log = self.folder / f"keys-{self.way}"
        self.program.environment = {"SSLKEYLOGFILE": str(log)}
        with self.server() as server:
            self.call(server.address, self.ca(), self.ca_flags)
        expect_in("CLIENT_TRAFFIC_SECRET_0 ", log.read_text(), "log")

    def plaintext(self):
        with self.server() as server:
            self.call(server.address, {"tls": {"mode": "plaintext"}}, status="UNAVAILABLE", says=["TLS"])

    def schemes(self):
        fields = {"tls": {"ca": self.path("authority.pem")}}
        with self.server() as server:
            for scheme in ("grpcs", "https"):
                self.call(f"{scheme}://{server.address}", fields, self.ca_flags)
        with Greeter() as server:
            for scheme in ("grpc", "http"):
                self.call(f"{scheme}://{server.address}")
            says = ["plaintext"]
            self.call(f"grpcs://{server.address}", fields, self.ca_flags, status="UNAVAILABLE", says=says)


class Proxies(EachWay):
    def tinyproxy(self, *lines):
        """A proxy that runs, and the relay before it, which tells whether it was used."""
        return Proxy(lambda port, folder: [
            "tinyproxy", "-d", "-c", written(folder, ["Listen 127.0.0.1", f"Port {port}", "Timeout 60", *lines]),
        ])

    def microsocks(self, *flags):
        return Proxy(lambda port, _folder: ["microsocks", "-i", "127.0.0.1", "-p", str(port), *flags])

    def through(self, scheme, proxy, target, status="OK", says=(), credentials=""):
        url = f"{scheme}://{credentials}{proxy.address}"
        return self.call(target, {"settings": {"proxy": url}}, ("--proxy", url), status=status, says=says)

    def http(self):
        with Greeter() as server, self.tinyproxy() as proxy:
            self.through("http", proxy, server.address)
            self.true(f"CONNECT {server.address} HTTP/1.1".encode() in bytes(proxy.sent), "the proxy was asked")
            says = [proxy.address]
            self.through("http", proxy, f"127.0.0.1:{free_port()}", "UNAVAILABLE", says)
        expect(len(server.calls), 1, "calls")

    def http_password(self):
        with Greeter() as server, self.tinyproxy("BasicAuth ada geheim") as proxy:
            self.through("http", proxy, server.address, credentials="ada:geheim@")
            self.true(base64.b64encode(b"ada:geheim") in bytes(proxy.sent), "the password was sent")
            self.through("http", proxy, server.address, "UNAVAILABLE", ["407"])
            self.through("http", proxy, server.address, "UNAVAILABLE", ["40"], credentials="ada:falsch@")

    def environment(self):
        """Nothing on the loopback is reached through a proxy of the environment, so the target is another address."""
        name = other_address()
        if name is None:
            raise Failed("this machine has no address but the loopback's")
        with Greeter(address="0.0.0.0:0") as server, self.tinyproxy() as proxy:
            target = f"{name}:{server.port}"
            fields, flags = {"tls": {"mode": "plaintext"}}, ()
            for variables, asked in [
                ({"https_proxy": f"http://{proxy.address}"}, True),
                ({"grpc_proxy": f"http://{proxy.address}"}, True),
                ({"https_proxy": f"http://{proxy.address}", "no_proxy": f"other.test,{name}"}, False),
                ({"https_proxy": f"http://{proxy.address}", "NO_PROXY": "*"}, False),
            ]:
                proxy.clear()
                self.program.environment = variables
                self.call(target, fields, flags)
                expect(b"CONNECT" in bytes(proxy.sent), asked, f"asked with {variables}")
            proxy.clear()
            self.program.environment = {"https_proxy": f"http://{proxy.address}"}
            self.call(target, {**fields, "settings": {"proxy": "none"}}, ("--proxy", "none"))
            expect(b"CONNECT" in bytes(proxy.sent), False, "asked with none")

    def socks(self):
        with Greeter() as server, self.microsocks() as proxy:
            for scheme in ("socks5", "socks5h"):
                proxy.clear()
                self.through(scheme, proxy, server.address)
                # The last bytes of the call before may still come.
                self.true(b"\5\1\0" in bytes(proxy.sent), "the proxy was greeted")
            self.through("socks5", proxy, f"127.0.0.1:{free_port()}", "UNAVAILABLE", [proxy.address])

    def socks_password(self):
        with Greeter() as server, self.microsocks("-u", "ada", "-P", "geheim") as proxy:
            self.through("socks5", proxy, server.address, credentials="ada:geheim@")
            self.through("socks5", proxy, server.address, "UNAVAILABLE", ["password"])
            self.through("socks5", proxy, server.address, "UNAVAILABLE", ["password"], credentials="ada:falsch@")


def other_address():
    """An address of this machine that is not the loopback's; None where there is none."""
    done = subprocess.run(["hostname", "-I"], capture_output=True, text=True)
    return next((address for address in done.stdout.split() if ":" not in address), None)


def written(folder, lines):
    path = pathlib.Path(folder) / "settings"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


class Proxy(relay.Relay):
    def __init__(self, command):
        self.folder = tempfile.TemporaryDirectory()
        port = free_port()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command(port, self.folder.name), **quiet)
        relay.wait_for_port(port, LIMIT)
        super().__init__(f"127.0.0.1:{port}")

    def __exit__(self, *_):
        super().__exit__()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


class GrpcJs(EachWay):
    SIDE_BY_SIDE = False

    def __init__(self, checks, server):
        super().__init__(checks)
        self.server, self.address = server, server.line().strip()

    def seen(self):
        return json.loads(self.server.line())

    def sees(self):
        fields = {
            "timeout": "7s",
            "tls": {"authority": "other.test"},
            "metadata": [["x-many", "one"], ["x-many", "two"], ["x-raw-bin", "AAH/"]],
            "settings": {"userAgent": "probe/1"},
        }
        flags = ("--max-time", "7", "--authority", "other.test", "--user-agent", "probe/1")
        rows = ("-H", "x-many: one", "-H", "x-many: two", "-H", "x-raw-bin: AAH/")
        self.call(self.address, fields, (*flags, *rows))
        seen = self.seen()
        self.true(4000 < seen["remaining"] <= 7000, f"remaining {seen['remaining']} ms")
        expect(seen["host"], "other.test", "authority")
        self.true(seen["metadata"]["user-agent"].startswith("probe/1"), f"{seen}")
        expect(seen["metadata"]["x-many"], "one, two", "repeated")
        expect(seen["metadata"]["x-raw-bin"], "AAH/", "bytes")

    def compression(self):
        for name in ("gzip", "deflate"):
            with relay.Relay(self.address) as between:
                self.call(between.address, {"settings": {"compression": name}}, ("--compress", name), name=LONG)
                expect(self.seen()["length"], len(LONG), "length")
                self.true(between.sizes()[0] < 10_000, f"{name}: {between.sizes()}")
        fields, flags = {"settings": {"compression": "zstd"}}, ("--compress", "zstd")
        self.call(self.address, fields, flags, status="UNIMPLEMENTED", says=["compressed as zstd", "identity"])


class ConnectNode(EachWay):
    def __init__(self, checks, addresses):
        super().__init__(checks)
        self.http1, self.http2 = addresses

    def protocols(self):
        """Told apart by the end of the answer: gRPC-Web has its trailers in a frame of the body, Connect of one message
        has no frames at all."""
        for protocol in ("grpc", "grpc-web", "connect"):
            for address in (self.http1, self.http2)[protocol == "grpc":]:
                # A compressed answer would not show what it is.
                settings = {"protocol": protocol, "acceptCompression": "identity"}
                fields, flags = {"settings": settings}, ("--protocol", protocol, "--accept-compress", "identity")
                with relay.Relay(address) as between:
                    self.call(between.address, fields, flags)
                    if address == self.http1:
                        kind = {"grpc-web": b"application/grpc-web+proto", "connect": b"application/proto"}[protocol]
                        self.true(kind in bytes(between.sent), f"content-type of {protocol}")
                        continue
                    body = b"".join(frame.payload for frame in between.frames_received(relay.DATA))
                    form = "connect" if body[0] == 10 else "grpc-web" if b"grpc-status" in body else "grpc"
                    expect(form, protocol, f"protocol by {body!r}")

    def prefix(self):
        for protocol in ("grpc", "connect"):
            fields, flags = {"settings": {"protocol": protocol}}, ("--protocol", protocol)
            self.call(f"http://{self.http2}/behind/a/prefix", fields, flags)
            self.call(f"http://{self.http2}/behind", fields, flags, status="UNIMPLEMENTED")

    def accepted(self):
        """connect-node compresses with what is accepted, and it has gzip."""
        for protocol in ("grpc", "connect"):
            for accepted, small in [("zstd, gzip", True), ("zstd", False)]:
                settings = {"protocol": protocol, "acceptCompression": accepted}
                flags = ("--protocol", protocol, "--accept-compress", accepted)
                with relay.Relay(self.http2) as between:
                    self.call(between.address, {"settings": settings}, flags, name=LONG)
                    size = between.sizes()[1]
                    expect(size < 10_000, small, f"{protocol}: {size} bytes, accepting {accepted}")


if __name__ == "__main__":
    alone(run_all)
