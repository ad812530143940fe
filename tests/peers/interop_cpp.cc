// What the official interoperability server of gRPC C++ (test/cpp/interop/interop_server.cc, compiled as it is from
// Debian's source package by interop_cpp.sh) needs around it: a main without TLS, and the look at the flags of messages.
#include <cstdlib>

#include <grpcpp/security/server_credentials.h>

#include "test/cpp/interop/server_helper.h"

// Of the gRPC library, for tests.
grpc_compression_algorithm grpc_call_test_only_get_compression_algorithm(grpc_call* call);
uint32_t grpc_call_test_only_get_encodings_accepted_by_peer(grpc_call* call);
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpc {
namespace testing {

InteropServerContextInspector::InteropServerContextInspector(const ServerContext& context) : context_(context) {}

grpc_compression_algorithm InteropServerContextInspector::GetCallCompressionAlgorithm() const {
  return grpc_call_test_only_get_compression_algorithm(context_.call_.call);
}

uint32_t InteropServerContextInspector::GetEncodingsAcceptedByClient() const {
  return grpc_call_test_only_get_encodings_accepted_by_peer(context_.call_.call);
}

bool InteropServerContextInspector::WasCompressed() const {
  // GRPC_WRITE_INTERNAL_COMPRESS and GRPC_WRITE_INTERNAL_TEST_ONLY_WAS_COMPRESSED.
  return (grpc_call_test_only_get_message_flags(context_.call_.call) & 0xc0000000u) != 0;
}

gpr_atm interop::g_got_sigint;

}  // namespace testing
}  // namespace grpc

int main(int, char** argv) {
  grpc::testing::interop::RunServer(grpc::InsecureServerCredentials(), std::atoi(argv[1]), nullptr);
}
