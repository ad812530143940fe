"""Checks of run.py: credentials that the program makes or fetches, as others judge them.

Tokens are given by oauth2-mock-server and judged by PyJWT behind a server of grpcio. The credentials stand in every file
where they can (program.py).

Alone it runs them with a binary that is built: auth_checks.py BINARY [NODE_MODULES]
"""

import base64
import json
import pathlib
import sys
import tempfile
import time

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from common import HERE, EachWay, alone, expect, expect_in, node
from program import Greeter

SECRET = "a shared secret of as many bytes as the longest digest has: geheim"


def run_all(checks):
    with tempfile.TemporaryDirectory() as folder:
        of = Auth(checks, pathlib.Path(folder))
        of.check_all("auth", [
            ("bearer, basic and API key", of.plain),
            ("a JWT by each algorithm", of.signed),
            ("a JWT is refused by who has another key", of.signed_wrongly),
            ("a command that was agreed to", of.command),
            ("a command that nobody agreed to", of.command_refused),
            ("a command that fails, and one that takes too long", of.command_fails),
        ])
    if checks.node_modules is None:
        checks.left_out.append("oauth2-mock-server")
        return
    with node(checks, "oauth_server.cjs") as server:
        of = OAuth(checks, server)
        of.check_all("OAuth 2", [
            ("client credentials", of.client_credentials),
            ("a token is kept while it holds", of.kept),
            ("a token is renewed before it ends", of.renewed),
            ("the server refuses", of.refused),
            ("an authorization code with PKCE", of.authorization_code),
            ("a login's token is renewed without the browser", of.refreshed),
        ])


class Judge(Greeter):
    """Lets in who has a token that it can verify, and keeps the tokens' claims and headers."""

    def __init__(self, key, algorithm, audience=None, entry="authorization", prefix="Bearer "):
        self.tokens, self.claims, self.headers = [], [], []

        def manner(seen, context, _before):
            (value,) = seen.values(entry)
            token = value.removeprefix(prefix)
            try:
                verify = key(token) if callable(key) else key
                options = {"require": ["exp", "iat"], "verify_aud": audience is not None}
                self.claims.append(jwt.decode(token, verify, [algorithm], options, audience=audience))
            except jwt.PyJWTError as error:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, f"{type(error).__name__}: {error}")
            self.tokens.append(token)
            self.headers.append(jwt.get_unverified_header(token))
            if seen.name == "slow":
                time.sleep(2.5)
            return f"Hello, {seen.name}!"

        super().__init__(manner)


class WithAuth(EachWay):
    WAYS = ("request", "folder", "collection", "environment")

    def with_auth(self, target, auth, status="OK", says=(), secrets=(), **more):
        answer = self.call(target, {"auth": auth}, status=status, says=says, **more)
        for secret in secrets:
            self.true(secret not in answer.text, f"{secret} was told: {answer.text}")
        return answer


class Auth(WithAuth):
    def __init__(self, checks, folder):
        super().__init__(checks)
        self.folder = folder

    def plain(self):
        pair = base64.b64encode("Zoë:ge:heim".encode()).decode()
        for auth, name, value in [
            ({"type": "bearer", "token": "abc.def"}, "authorization", "Bearer abc.def"),
            ({"type": "basic", "user": "Zoë", "password": "ge:heim"}, "authorization", f"Basic {pair}"),
            ({"type": "api-key", "name": "X-Api-Key", "value": "k 1"}, "x-api-key", "k 1"),
        ]:
            with Greeter() as server:
                self.with_auth(server.address, auth)
                expect(server.calls[0].values(name), [value], name)

    def keys(self):
        """Algorithm, what verifies, what the credentials say of the key."""
        folder = self.folder / self.way
        folder.mkdir()
        private = {
            "RS256": rsa.generate_private_key(65537, 2048),
            "PS256": rsa.generate_private_key(65537, 2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "ES384": ec.generate_private_key(ec.SECP384R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        }
        for algorithm in ("HS256", "HS512"):
            yield algorithm, SECRET, {"key": SECRET}
        yield "HS384", bytes(range(64)), {"key": base64.b64encode(bytes(range(64))).decode(), "keyIsBase64": True}
        for algorithm, key in private.items():
            file = folder / f"{algorithm}.pem"
            form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            file.write_bytes(key.private_bytes(*form))
            yield algorithm, key.public_key(), {"keyFile": str(file)}
        yield "EdDSA", private["EdDSA"].public_key(), {"key": (folder / "EdDSA.pem").read_text()}
        old = folder / "old.pem"
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL)
        for algorithm in ("RS256", "ES256"):
            old.write_bytes(private[algorithm].private_bytes(*form, serialization.NoEncryption()))
            yield algorithm, private[algorithm].public_key(), {"keyFile": str(old)}

    def signed(self):
        for algorithm, verifies, key in self.keys():
            with Judge(verifies, algorithm, "greeter") as server:
                claims = {"sub": "ada", "aud": ["greeter", "x"]}
                auth = {"type": "jwt", "algorithm": algorithm, **key, "claims": claims, "lifetime": "5m"}
                self.with_auth(server.address, {**auth, "header": {"kid": "k1"}}, secrets=[SECRET])
                expect((server.claims[0]["sub"], server.headers[0]["kid"]), ("ada", "k1"), algorithm)
                life = server.claims[0]["exp"] - server.claims[0]["iat"]
                expect(life, 300, "lifetime")
        with Judge(SECRET, "HS256", entry="x-token", prefix="") as server:
            auth = {"type": "jwt", "key": SECRET, "name": "x-token", "prefix": ""}
            self.with_auth(server.address, {**auth, "lifetime": "5m"})

    def signed_wrongly(self):
        with Judge(SECRET, "HS256") as server:
            auth = {"type": "jwt", "key": f"{SECRET}, of others", "lifetime": "5m"}
            self.with_auth(server.address, auth, "UNAUTHENTICATED", ["InvalidSignatureError"], [SECRET])

    def command(self):
        with Greeter() as server:
            for line in ("echo token-of-1", 'printf "token-of-1\\n"'):
                auth = {"type": "command", "command": line}
                self.with_auth(server.address, auth, more=("--allow-command",))
            auth = {"type": "command", "command": "echo token-of-1", "name": "x-token", "prefix": "T"}
            self.with_auth(server.address, auth, more=("--allow-command",))
            first, second, third = server.calls
            expect(first.values("authorization"), ["Bearer token-of-1"], "entry")
            expect(second.values("authorization"), ["Bearer token-of-1"], "entry")
            expect(third.values("x-token"), ["T token-of-1"], "entry")

    def command_refused(self):
        with Greeter() as server, tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder) / "made"
            auth = {"type": "command", "command": f"touch {made}"}
            # So that nothing holds that somebody agreed to on this machine.
            self.program.environment = {"TRUNKLINE_DATA_DIR": folder, "TRUNKLINE_CONFIG_DIR": folder}
            self.with_auth(server.address, auth, "UNAUTHENTICATED", ["--allow-command"])
            expect((made.exists(), len(server.calls)), (False, 0), "the command ran, calls")

    def command_fails(self):
        with Greeter() as server:
            auth = {"type": "command", "command": "ls /no/such/file"}
            more = ("--allow-command",)
            self.with_auth(server.address, auth, "UNAUTHENTICATED", ["/no/such/file"], more=more)
            begun = time.monotonic()
            auth = {"type": "command", "command": "sleep 20", "timeout": "300ms"}
            self.with_auth(server.address, auth, "UNAUTHENTICATED", ["300ms"], more=more)
            self.true(time.monotonic() - begun < 10, "it took as long as the command")
            expect(len(server.calls), 0, "calls")


class OAuth(WithAuth):
    SIDE_BY_SIDE = False

    def __init__(self, checks, server):
        super().__init__(checks)
        self.server, self.url = server, server.line().strip()
        self.keys = jwt.PyJWKClient(f"{self.url}/jwks")

    def judge(self):
        return Judge(lambda token: self.keys.get_signing_key_from_jwt(token).key, "RS256")

    def told(self):
        return json.loads(self.server.line())

    def nothing_more(self):
        expect(self.server.lines.qsize(), 0, "further requests to the OAuth 2 server")

    def auth(self, client="me", **more):
        token = {"type": "oauth2", "tokenUrl": f"{self.url}/token", "clientId": client, "clientSecret": "geheim"}
        return {**token, "scopes": "read write", **more}

    def login(self, client):
        more = {"grant": "authorization-code", "authorizationUrl": f"{self.url}/authorize"}
        self.program.environment = {"TRUNKLINE_BROWSER": f"{sys.executable} {HERE / 'browser.py'}"}
        return self.auth(client, **more)

    def client_credentials(self):
        for by in ("header", "body"):
            with self.judge() as server:
                auth = self.auth(clientAuth=by, audience="greeter", parameters="tenant=a b")
                self.with_auth(server.address, auth, secrets=["geheim"])
                expect(server.claims[0]["scope"], "read write", "scope")
            told = self.told()
            expect((told["grant"], told["client"], told["by"]), ("client_credentials", "me:geheim", by), by)
            expect((told["form"]["audience"], told["form"]["tenant"]), ("greeter", "a b"), "parameters")

    def kept(self):
        with self.judge() as server:
            self.with_auth(server.address, self.auth(), then=[self.again(server), self.again(server)])
            expect((len(server.tokens), len(set(server.tokens))), (3, 1), "calls and tokens")
        self.told()
        self.nothing_more()

    def again(self, server, name="Ada", auth=None):
        """Further requests of the same credentials, where they do not inherit them."""
        own = {"auth": auth or self.auth()} if self.way == "request" else {}
        return {"target": server.address, "messages": [{"name": name}], **own}

    def renewed(self):
        auth = self.auth("short")
        with self.judge() as server:
            then = [self.again(server, "slow", auth), self.again(server, "Ada", auth)]
            self.with_auth(server.address, auth, then=then)
            first, slow, last = server.tokens
            expect((first == slow, slow == last), (True, False), "same tokens")
        expect([self.told()["grant"] for _ in range(2)], ["client_credentials"] * 2, "grants")
        self.nothing_more()

    def refused(self):
        with self.judge() as server:
            says = ["invalid_client", "nobody knows you"]
            self.with_auth(server.address, self.auth("refused"), "UNAUTHENTICATED", says, ["geheim"])
            expect(len(server.calls), 0, "calls")
        self.told()

    def authorization_code(self):
        auth = self.login("me")
        with self.judge() as server:
            answer = self.with_auth(server.address, auth, secrets=["geheim"])
            expect(server.claims[0]["sub"], "johndoe", "who is logged in")
            expect_in(f"{self.url}/authorize?", answer.text, "what was told")
        login, token = self.told()["login"], self.told()
        expect(login["code_challenge_method"], "S256", "challenge")
        self.true(login["redirect_uri"].startswith("http://127.0.0.1:"), f"{login}")
        expect((token["grant"], "code_verifier" in token["form"]), ("authorization_code", True), "grant")

    def refreshed(self):
        auth = self.login("short")
        with self.judge() as server:
            then = [self.again(server, "slow", auth), self.again(server, "Ada", auth)]
            self.with_auth(server.address, auth, then=then)
            expect(len(set(server.tokens)), 2, "tokens")
        told = [self.told() for _ in range(3)]
        self.true("login" in told[0], f"no login: {told}")
        expect([one["grant"] for one in told[1:]], ["authorization_code", "refresh_token"], "grants")
        self.nothing_more()


if __name__ == "__main__":
    alone(run_all)
