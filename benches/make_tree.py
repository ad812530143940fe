#!/usr/bin/env python3
"""Makes a tree of proto files of the shape of a large public API: some 7,000 files, 1,700 services, 12,000 methods.

    make_tree.py FOLDER [FILES]

The same arguments give the same tree. Most packages are small and import a few common files; two are large, whose files
import one another; one file is a giant. Comments make up half of the text, as in real trees.
"""

import pathlib
import random
import sys

WORDS = "account address asset audit backup batch budget campaign channel cluster config content database device".split()
WORDS += "endpoint event export feature file group image index instance invoice item job key label limit link list".split()
WORDS += "location log message metric model network node note object operation order page plan policy pool price".split()
WORDS += "profile project query quota record region report request resource result role route rule schedule schema".split()
WORDS += "segment server session setting snapshot source stream table target task template token topic user version".split()
SCALARS = ["string", "string", "string", "int32", "int64", "bool", "double", "bytes"]


class Tree:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.random = random.Random(7)
        self.files = 0

    def camel(self, count=2):
        return "".join(word.capitalize() for word in self.random.choices(WORDS, k=count))

    def comment(self, indent="", lines=2):
        return "".join(f"{indent}// {' '.join(self.random.choices(WORDS, k=12))}.\n" for _ in range(lines))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.files += 1

    def message(self, name, types, fields):
        out = [self.comment(lines=3), f"message {name} {{\n"]
        used = set()
        for number in range(1, fields + 1):
            field = "_".join(self.random.choices(WORDS, k=2)) + f"_{number}"
            kind = self.random.choice(types) if types and self.random.random() < 0.3 else self.random.choice(SCALARS)
            label = self.random.choice(["", "", "", "repeated ", "optional "])
            used.add(field)
            behaviour = " [(common.api.behavior) = REQUIRED]" if number == 1 else ""
            out.append(f"{self.comment('  ', 3)}  {label}{kind} {field} = {number}{behaviour};\n\n")
        out.append("}\n\n")
        return "".join(out)

    def file(self, name, package, imports, services, messages, fields, types=()):
        own = [f"{self.camel()}{self.files}X{index}" for index in range(messages)]
        out = [self.comment(lines=13), '\nsyntax = "proto3";\n\n', f"package {package};\n\n"]
        out += [f'import "{path}";\n' for path in ["common/api/options.proto", *imports]]
        out.append(f'\noption go_package = "example.com/{package.replace(".", "/")}";\n\n')
        for service in range(services):
            out += [self.comment(lines=4), f"service {self.camel(1)}{self.files}X{service}Service {{\n"]
            out.append(f'  option (common.api.host) = "{package}.example.com";\n\n')
            for method in range(7):
                stream = "stream " if self.random.random() < 0.03 else ""
                out += [self.comment("  ", 3), f"  rpc {self.camel()}{method}({self.random.choice(own)}) "]
                out.append(f"returns ({stream}{self.random.choice(own)}) {{\n")
                out.append(f'    option (common.api.http) = {{ post: "/v1/{method}" body: "*" }};\n  }}\n\n')
            out.append("}\n\n")
        known = [*own, *types, "google.protobuf.Timestamp"]
        if "google/protobuf/timestamp.proto" not in imports:
            known.pop()
        out += [self.message(message, known, fields) for message in own]
        self.write(name, "".join(out))
        return own


def main():
    tree = Tree(sys.argv[1])
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 7_000
    tree.write(
        "common/api/options.proto",
        'syntax = "proto3";\npackage common.api;\nimport "google/protobuf/descriptor.proto";\n'
        "message Http { string get = 1; string post = 2; string body = 3; }\n"
        "enum Behavior { UNSPECIFIED = 0; REQUIRED = 1; }\n"
        "extend google.protobuf.MethodOptions { Http http = 50001; }\n"
        "extend google.protobuf.ServiceOptions { string host = 50002; }\n"
        "extend google.protobuf.FieldOptions { Behavior behavior = 50003; }\n",
    )
    common = []
    for index in range(20):
        name = f"common/type/kind{index}.proto"
        common.append((name, [f".common.type.{own}" for own in tree.file(name, "common.type", [], 0, 2, 4)]))

    # The giant: one service file with thousands of messages.
    tree.file("giant/v1/giant.proto", "giant.v1", [], 120, 1_500, 8)
    # The large packages, version by version.
    for version in range(1, 6):
        package = f"ads.v{version}"
        imports, types = [], []
        for index in range(wanted // 9):
            name = f"ads/v{version}/{'resources' if index % 2 else 'services'}/file{index}.proto"
            near = [tree.random.randrange(len(imports)) for _ in range(2)] if imports else []
            own = tree.file(
                name,
                package,
                sorted({imports[at] for at in near} | {"google/protobuf/timestamp.proto"}),
                int(index % 7 == 0),
                4,
                6,
                [types[at] for at in near],
            )
            imports.append(name)
            types.append(f".{package}.{own[0]}")
    # The many small ones.
    number = 0
    while tree.files < wanted:
        number += 1
        folder = f"cloud/{tree.random.choice(WORDS)}{number}/v1"
        package = folder.replace("/", ".")
        name, types = tree.random.choice(common)
        own = tree.file(f"{folder}/resources.proto", package, [name], 0, 6, 8, types)
        types = [f".{package}.{message}" for message in own]
        for index in range(tree.random.randrange(1, 5)):
            tree.file(
                f"{folder}/service{index}.proto",
                package,
                [f"{folder}/resources.proto", "google/protobuf/timestamp.proto"],
                int(tree.random.random() < 0.5),
                14,
                5,
                types,
            )
    print(f"{tree.files} files in {tree.folder}")


if __name__ == "__main__":
    main()
