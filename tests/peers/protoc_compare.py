"""Compares our compiler with protoc over a tree: every file that protoc compiles must compile here, to the same descriptor.

    python tests/peers/protoc_compare.py EXAMPLE ROOT [FILE...]

EXAMPLE is the built example `descriptor_set`; protoc comes from grpcio-tools of the same Python. Descriptors are
compared parsed. What is the same by meaning is made the same first: numbers as the text of a default, `json_name`
(protoc writes it always), empty options of a method, and the positions, which are left out.
"""
import difflib
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def normal(message):
    for field in message.field:
        normal_field(field)
    for field in message.extension:
        normal_field(field)
    for nested in message.nested_type:
        normal(nested)


def normal_field(field):
    field.ClearField("json_name")
    if field.HasField("default_value") and field.type in (1, 2):
        field.default_value = repr(float(field.default_value))


def parse(data):
    file = descriptor_pb2.FileDescriptorProto.FromString(data)
    file.ClearField("source_code_info")
    if file.syntax == "proto2":
        file.ClearField("syntax")
    for message in file.message_type:
        normal(message)
    for field in file.extension:
        normal_field(field)
    for service in file.service:
        for method in service.method:
            if not method.options.ByteSize():
                method.ClearField("options")
    return file


def reader(set_of_all):
    """Reads a file's options by the extensions that the set defines, so that their order does not count."""
    pool = descriptor_pool.DescriptorPool()
    try:
        for file in set_of_all.file:
            pool.Add(file)
        cls = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto"))
    except Exception:
        return lambda file: file
    return lambda file: cls.FromString(file.SerializeToString())


def main():
    example, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    files = sys.argv[3:] or sorted(str(path.relative_to(root)) for path in root.rglob("*.proto"))
    same = differ = refused = neither = 0
    with tempfile.TemporaryDirectory() as out:
        ours = {}
        problems = {}
        last = None
        lines = subprocess.run([example, str(root), out, *files], capture_output=True, text=True, check=True).stdout
        for line in lines.splitlines():
            if line.startswith("    "):
                problems[last] = problems.get(last, "") + line + "\n"
                continue
            what, number, last = line.split(" ", 2)
            if what == "ok":
                ours[last] = pathlib.Path(out, number + ".pb").read_bytes()
        for name in files:
            target = pathlib.Path(out, "theirs.pb")
            command = [sys.executable, "-m", "grpc_tools.protoc", "-I", str(root), "--include_imports", "--retain_options"]
            protoc = subprocess.run([*command, "-o", str(target), name], capture_output=True, text=True)
            if protoc.returncode != 0:
                neither += name not in ours
                if name in ours:
                    print(f"only here: {name}\n    {protoc.stderr.strip()[:300]}")
                continue
            if name not in ours:
                refused += 1
                print(f"refused: {name}\n{problems.get(name, '')}")
                continue
            everything = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())
            a = parse(ours[name])
            b = parse(next(file for file in everything.file if file.name == name).SerializeToString())
            if a != b:
                read = reader(everything)
                a, b = read(a), read(b)
            # By text where one NaN is not another; extensions come in any order there.
            if a == b or ("nan" in str(b) and sorted(str(a).splitlines()) == sorted(str(b).splitlines())):
                same += 1
                continue
            differ += 1
            mine, theirs = str(a).splitlines(), str(b).splitlines()
            diff = list(difflib.unified_diff(theirs, mine, "protoc", "here", lineterm="", n=2))
            print(f"differs: {name}\n    " + "\n    ".join(diff[:24]))
    print(f"{same} same, {differ} differ, {refused} refused here only, {neither} refused by both")
    return 1 if differ or refused else 0


if __name__ == "__main__":
    sys.exit(main())
