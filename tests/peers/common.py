"""What the checks of run.py are made of: what must hold, the program while it runs, servers of node's, and checks that
are made once for each place where something can be set."""

import argparse
import copy
import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time
from concurrent import futures

import servers
from program import LIMIT, METHOD, WAYS, Program

HERE = pathlib.Path(__file__).parent
# A text whose compression shows.
LONG = "a" * 200_000


class Failed(Exception):
    """A check did not hold."""


def expect(value, wanted, what):
    if value != wanted:
        raise Failed(f"{what}: expected {wanted!r}, got {value!r}")


def expect_in(part, text, what):
    if part.lower() not in text.lower():
        raise Failed(f"{what}: expected {part!r} in {text!r}")


def documents(text):
    """The JSON documents that follow one another in a text."""
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


class Binary:
    """The program under test."""

    def __init__(self, path, folder):
        self.path = str(pathlib.Path(path).resolve())
        self.folder = folder

    def run(self, *arguments, input_text=None):
        return subprocess.run(
            [self.path, *arguments], input=input_text, capture_output=True, text=True, timeout=LIMIT, cwd=self.folder
        )

    def start(self, *arguments):
        return Running([self.path, *arguments], self.folder)

    def call(self, address, method, *messages, schema=(), flags=("--plaintext",), code=0):
        """A call; gives its replies and its standard error."""
        data = " ".join(json.dumps(message, ensure_ascii=False) for message in messages)
        done = self.run("call", *flags, *schema, "-d", data, address, method)
        if done.returncode != code:
            raise Failed(f"{method}: exit code {done.returncode}, expected {code}; standard error: {done.stderr}")
        return documents(done.stdout), done.stderr


class Running:
    """A program while it runs: its replies one by one."""

    def __init__(self, command, folder, environment=None):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=folder, env=environment
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put((time.monotonic(), line))
        self.lines.put(None)

    def next(self):
        """The next reply and when it was complete; None at the end of the output."""
        text = ""
        while True:
            try:
                entry = self.lines.get(timeout=LIMIT)
            except queue.Empty:
                raise Failed("no reply came") from None
            if entry is None:
                return None
            text += entry[1]
            try:
                return entry[0], json.loads(text)
            except json.JSONDecodeError:
                continue

    def line(self):
        entry = self.lines.get(timeout=LIMIT)
        return "" if entry is None else entry[1]

    def write(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def wait(self):
        return self.process.wait(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def proto(name):
    return ("--proto", str(servers.SAMPLES / name))


def node(checks, script, *arguments):
    """A script of this folder while it runs, with the packages of npm."""
    environment = {**os.environ, "NODE_PATH": str(pathlib.Path(checks.node_modules).resolve())}
    return Running(["node", str(HERE / script), *map(str, arguments)], checks.binary.folder, environment)


class EachWay:
    """Checks that are made once for each place where something can be set: side by side, where they can be."""

    WAYS = WAYS
    SIDE_BY_SIDE = True

    def __init__(self, checks):
        self.checks = checks
        self.program = Program(checks.binary.path)
        self.way = None

    def check_all(self, about, named):
        """`named` holds a name and one of the methods each."""
        for name, check in named:
            self.checks.check(f"{about}: {name}", self.each_way, check.__name__)

    def each_way(self, check):
        with futures.ThreadPoolExecutor(len(self.WAYS) if self.SIDE_BY_SIDE else 1) as pool:
            for done in [pool.submit(self.one_way, way, check) for way in self.WAYS]:
                done.result()

    def one_way(self, way, check):
        own = copy.copy(self)
        own.way, own.program = way, copy.copy(self.program)
        try:
            getattr(own, check)()
        except Failed as failed:
            raise Failed(f"set by the {way}: {failed}") from None

    def call(self, target, fields=None, flags=(), name="Ada", method=METHOD, status="OK", says=(), **more):
        answer = self.program.call(self.way, target, fields, flags, name, method, **more)
        expect(answer.status, status, f"status; {answer.text[:2000]}")
        for part in says:
            expect_in(part, answer.text[:4000], "what was told")
        return answer

    def named(self, flag, setting):
        """What the hint names: on the command line the flag, elsewhere the setting."""
        return flag if self.way == "flags" else setting

    def true(self, holds, what):
        if not holds:
            raise Failed(what)


def alone(run_all):
    """For a module of checks that is run by itself."""
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", help="trunkline")
    parser.add_argument("node_modules", nargs="?", help="where the packages of npm are")
    given = argparse.Namespace(
        **vars(parser.parse_args()), interop=None, interop_cpp=None, etcd=None, etcd_protos=None, all=False
    )
    import run  # Which needs more packages than the module alone.

    run.run_and_tell(given, run_all)
