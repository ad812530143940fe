#!/usr/bin/env bash
# Builds the official interoperability server of gRPC C++ from Debian's source package, as it is.
#
#   tests/peers/interop_cpp.sh WORK OUTPUT     a folder to work in, and the program to make
#
# Needs apt, and the packages g++, libabsl-dev, libgrpc++-dev, libprotobuf-dev, pkg-config, protobuf-compiler and
# protobuf-compiler-grpc.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1
output=$(realpath -m "$2")
mkdir -p "$work/lists/partial"
cd "$work"

# The lists of packages with `deb-src` in place of `deb`, in whichever of the two forms they have.
if [[ -e /etc/apt/sources.list.d/debian.sources ]]; then
    sources=$PWD/from.sources
    sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$sources"
else
    sources=$PWD/from.list
    sed 's/^deb /deb-src /' /etc/apt/sources.list >"$sources"
fi
from_source=(-qq -o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$PWD/lists" -o APT::Sandbox::User=root)
apt-get "${from_source[@]}" update
apt-get "${from_source[@]}" source --download-only grpc
tar --extract --strip-components=1 --file grpc_*.orig.tar.* --wildcards \
    '*/test/cpp/interop/interop_server.cc' '*/test/cpp/interop/server_helper.h' '*/test/cpp/util/test_config.h' \
    '*/src/core/lib/gpr/string.h' \
    '*/src/proto/grpc/testing/test.proto' '*/src/proto/grpc/testing/messages.proto' '*/src/proto/grpc/testing/empty.proto'

protos=(src/proto/grpc/testing/{test,messages,empty}.proto)
protoc --cpp_out=. "${protos[@]}"
protoc --grpc_out=. --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" src/proto/grpc/testing/test.proto
g++ -std=c++17 -O0 -I. -o "$output" \
    "$here/interop_cpp.cc" test/cpp/interop/interop_server.cc src/proto/grpc/testing/*.cc \
    -lgrpc++ -lgrpc -lgpr -lprotobuf $(pkg-config --libs absl_flags)
