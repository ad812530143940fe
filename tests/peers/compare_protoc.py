#!/usr/bin/env python3
"""Compares the descriptors of `trunkline check -o` with those of protoc, file by file, over a tree of proto files.

    compare_protoc.py [--trunkline PATH] [-I ROOT]... [--each] ROOT [FOLDER...]

Needs the PyPI package grpcio-tools, which carries protoc. FOLDERs are relative to ROOT, which is an import path itself.
Both compile everything in one run; with --each every file by itself with what it imports, for trees whose files clash
with each other. What is compared are the parsed messages, without positions: never bytes, whose order is nobody's
promise. What is the same by meaning is made the same first: numbers as the text of a default, JSON names that follow
from a field's name, empty options of a method. The files that come with both compilers are of each one's own version
and left out. Editions that protoc only tries are allowed, and options for source alone are kept, as they are here.

Ends with `N same, N differ, ...` and exit code 1 where a file differs or is refused by trunkline alone. What protoc
alone refuses is told and counted.
"""

import argparse
import collections
import concurrent.futures
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format


PROTOC_OPTIONS = ["--include_imports", "--retain_options", "--experimental_editions"]

BUNDLED = {
    f"google/protobuf/{name}.proto"
    for name in (
        *("any", "api", "compiler/plugin", "cpp_features", "descriptor", "duration", "empty", "field_mask"),
        *("go_features", "java_features", "source_context", "struct", "timestamp", "type", "wrappers"),
    )
}


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
    if field.HasField("default_value") and field.type in (field.TYPE_DOUBLE, field.TYPE_FLOAT):
        field.default_value = repr(float(field.default_value))


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
    try:
        for file in descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file:
            pool.Add(file)
        return message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    except (KeyError, TypeError):
        # No custom options, or files of a newer edition than this package: options are compared by their bytes.
        return descriptor_pb2.FileDescriptorSet


def read_set(path, kind):
    """The files by name, and the faults of the set itself."""
    files, faults = {}, []
    for file in kind.FromString(path.read_bytes()).file:
        if file.name in files:
            faults.append(f"{file.name}: is in the set twice")
        faults += [f"{file.name}: comes before {name}" for name in file.dependency if name not in files]
        files[file.name] = file
    return {name: normalise(file) for name, file in files.items() if name not in BUNDLED}, faults


def is_same(ours, theirs):
    if ours == theirs:
        return True
    # By text where one NaN is not another, or where a map or an extension comes in another order.
    left, right = (sorted(text_format.MessageToString(file).splitlines()) for file in (ours, theirs))
    return left == right and any("nan" in line for line in left)


def difference(name, ours, theirs):
    left, right = (text_format.MessageToString(file).splitlines() for file in (ours, theirs))
    lines = list(difflib.unified_diff(right, left, "protoc", "trunkline", lineterm="", n=2))[:30]
    return "\n    ".join([f"{name}: differs", *lines])


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
    protoc = [sys.executable, "-m", "grpc_tools.protoc", *roots, *PROTOC_OPTIONS, "-o", str(theirs), f"@{listed}"]
    their_run, their_time = run(protoc, options.root)
    our_run, our_time = run([options.trunkline, "check", *roots, "--include-imports", "-o", str(ours), *files], options.root)
    return (ours, our_run, our_time), (theirs, their_run, their_time)


def compare(options, group):
    """What came of a group of files: the counts, and what there is to tell."""
    with tempfile.TemporaryDirectory() as folder:
        (ours, our_run, our_time), (theirs, their_run, their_time) = compile_both(options, group, pathlib.Path(folder))
        told = [] if options.each else [f"trunkline {our_time:.2f} s, protoc {their_time:.2f} s, {len(group)} files"]
        if our_run.returncode and their_run.returncode:
            return collections.Counter({"refused by both": 1}), told
        if our_run.returncode or their_run.returncode:
            refuser, run_ = ("trunkline", our_run) if our_run.returncode else ("protoc", their_run)
            errors = [line for line in run_.stderr.splitlines() if "warning:" not in line]
            name = group[0] if options.each else options.root
            told.append("\n    ".join([f"{name}: refused by {refuser} alone", *errors[:5]]))
            return collections.Counter({f"refused by {refuser} alone": 1}), told
        kind = set_type(theirs)
        (our_files, faults), (their_files, _) = read_set(ours, kind), read_set(theirs, kind)
    told += faults
    counts = collections.Counter({"differ": len(faults)})
    for name in sorted(our_files.keys() | their_files.keys()):
        if name not in our_files or name not in their_files:
            told.append(f"{name}: only from {'protoc' if name in their_files else 'trunkline'} (with {group[0]})")
            counts["differ"] += 1
        elif is_same(our_files[name], their_files[name]):
            counts["same"] += 1
        else:
            told.append(difference(name, our_files[name], their_files[name]))
            counts["differ"] += 1
    if options.each:
        # One file, with all it imports.
        counts = collections.Counter({"differ" if counts["differ"] else "same": 1})
    return counts, told


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

    found = (path for folder in options.folders for path in (options.root / folder).rglob("*.proto"))
    files = sorted({path.relative_to(options.root).as_posix() for path in found})
    groups = [[file] for file in files] if options.each else [files]
    total, told_before = collections.Counter(), set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        for counts, told in threads.map(lambda group: compare(options, group), groups):
            total += counts
            # What differs in a file differs wherever it is imported.
            for text in told:
                if text not in told_before:
                    told_before.add(text)
                    print(text, flush=True)
    kinds = ["same", "differ", "refused by trunkline alone", "refused by protoc alone", "refused by both"]
    print(", ".join(f"{total[kind]} {kind}" for kind in kinds))
    return 1 if total["differ"] or total["refused by trunkline alone"] else 0


if __name__ == "__main__":
    sys.exit(main())
