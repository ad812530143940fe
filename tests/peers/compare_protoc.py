#!/usr/bin/env python3
"""Compares the descriptors of `trunkline check -o` with those of protoc, file by file, over a tree of proto files.

    compare_protoc.py [--trunkline PATH] [-I ROOT]... [--each] ROOT [FOLDER...]

Needs the PyPI package grpcio-tools, which carries protoc. FOLDERs are relative to ROOT, which is an import path itself.
Both compile everything in one run; with --each every file by itself, for trees whose files clash with each other. What
is compared are the parsed messages, without positions: never bytes, whose order is nobody's promise. The files that
come with the compiler (google/protobuf) are of the compiler's own version and left out.

Ends with `N passed, N failed` and exit code 1 where a file differs, or where one of the two refuses what the other takes.
"""

import argparse
import difflib
import pathlib
import subprocess
import sys
import tempfile
import time

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format


def json_name(name):
    parts = name.split("_")
    return parts[0] + "".join(part[:1].upper() + part[1:] for part in parts[1:])


def normalise_message(message):
    for field in list(message.field) + list(message.extension):
        normalise_field(field)
    for nested in message.nested_type:
        normalise_message(nested)


def normalise_field(field):
    # protoc writes the name that follows from the field's, others may leave it out.
    if field.json_name == json_name(field.name):
        field.ClearField("json_name")


def normalise(file):
    file.ClearField("source_code_info")
    for service in file.service:
        for method in service.method:
            # protoc makes empty options of an empty block.
            if method.HasField("options") and not method.options.ByteSize():
                method.ClearField("options")
    if file.syntax == "proto2":
        file.ClearField("syntax")
    for message in file.message_type:
        normalise_message(message)
    for field in file.extension:
        normalise_field(field)
    return file


def set_type(path):
    """The type of a descriptor set that knows the custom options defined in this one."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file:
        pool.Add(file)
    name = "google.protobuf.FileDescriptorSet"
    try:
        descriptor = pool.FindMessageTypeByName(name)
    except KeyError:
        return descriptor_pb2.FileDescriptorSet
    return message_factory.GetMessageClass(descriptor)


def read_set(path, kind):
    files = kind.FromString(path.read_bytes()).file
    return {file.name: normalise(file) for file in files if not file.name.startswith("google/protobuf/")}


def show_difference(name, ours, theirs):
    left, right = (text_format.MessageToString(file).splitlines() for file in (ours, theirs))
    print(f"{name}: differs")
    for line in list(difflib.unified_diff(right, left, "protoc", "trunkline", lineterm="", n=2))[:30]:
        print(f"    {line}")


def run(command, cwd):
    start = time.monotonic()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    return done, time.monotonic() - start


def compile_both(options, files, folder):
    roots = [f"-I{root}" for root in [".", *options.roots]]
    ours, theirs = folder / "ours.pb", folder / "theirs.pb"
    for path in (ours, theirs):
        path.unlink(missing_ok=True)
    listed = folder / "files.txt"
    listed.write_text("\n".join(files))
    protoc = [sys.executable, "-m", "grpc_tools.protoc", *roots, "--include_imports", "-o", str(theirs), f"@{listed}"]
    their_run, their_time = run(protoc, options.root)
    our_run, our_time = run([options.trunkline, "check", *roots, "--include-imports", "-o", str(ours), *files], options.root)
    return (ours, our_run, our_time), (theirs, their_run, their_time)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trunkline", default="target/release/trunkline")
    parser.add_argument("-I", dest="roots", action="append", default=[], metavar="ROOT")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("folders", nargs="*", default=["."])
    options = parser.parse_args()
    options.trunkline = str(pathlib.Path(options.trunkline).resolve())
    options.roots = [str(pathlib.Path(root).resolve()) for root in options.roots]

    files = sorted(
        {path.relative_to(options.root).as_posix() for folder in options.folders for path in (options.root / folder).rglob("*.proto")}
    )
    passed = failed = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for group in [[file] for file in files] if options.each else [files]:
            (ours, our_run, our_time), (theirs, their_run, their_time) = compile_both(options, group, folder)
            if not options.each:
                print(f"trunkline {our_time:.2f} s, protoc {their_time:.2f} s, {len(group)} files")
            if our_run.returncode or their_run.returncode:
                if our_run.returncode and their_run.returncode:
                    refused += 1
                    passed += 1
                    continue
                failed += 1
                refuser, run_ = ("trunkline", our_run) if our_run.returncode else ("protoc", their_run)
                errors = [line for line in run_.stderr.splitlines() if "warning:" not in line]
                print(f"{group[0] if options.each else options.root}: refused by {refuser} alone")
                for line in errors[:5]:
                    print(f"    {line}")
                continue
            kind = set_type(theirs)
            our_files, their_files = read_set(ours, kind), read_set(theirs, kind)
            for name in sorted(our_files.keys() | their_files.keys()):
                if name not in our_files or name not in their_files:
                    print(f"{name}: only from {'protoc' if name in their_files else 'trunkline'}")
                    failed += 1
                elif our_files[name] == their_files[name]:
                    passed += 1
                else:
                    show_difference(name, our_files[name], their_files[name])
                    failed += 1
    if refused:
        print(f"{refused} refused by both")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
