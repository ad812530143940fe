//! The examples and notes below the flags in each help text.
//!
//! Must not know: what the flags do.

/// Examples of the program.
pub(super) const EXAMPLES: &str = "\
Examples:
  The window with these protos:
    trunkline protos/
  What a file offers, and what a server offers by reflection:
    trunkline list --proto helloworld.proto
    trunkline list --plaintext localhost:50051
  A call:
    trunkline call --plaintext -d '{\"name\": \"Ada\"}' localhost:50051 helloworld.Greeter/SayHello
  Every request of a collection:
    trunkline run --env local orders/

Exit codes:
  0 success, 64 + N gRPC status N, 2 wrong command line or data that does not fit, 1 anything else

Flags may be spelt as grpcurl does, with one dash: -plaintext, -proto, -max-time.";

/// Examples of `trunkline list`.
pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  trunkline list --proto protos/                            every service below a folder
  trunkline list --proto helloworld.proto helloworld.Greeter
  trunkline list --plaintext localhost:50051                by reflection
  trunkline list --plaintext --proto-out-dir protos localhost:50051

With --proto or --protoset no target is needed; a single argument is then the service, unless it
looks like a target (host:port, scheme://, unix:).

A file that cannot be compiled is told on standard error and does not hide the others; the exit
code is 1 when nothing could be listed at all.";

/// Examples of `trunkline describe`.
pub(super) const DESCRIBE_EXAMPLES: &str = "\
Examples:
  trunkline describe --proto helloworld.proto               every service of the file
  trunkline describe --proto helloworld.proto helloworld.HelloRequest
  trunkline describe --plaintext localhost:50051 helloworld.Greeter.SayHello

  trunkline describe --proto protos/ --msg-template shop.v1.Order

SYMBOL is the full name of a service, method, message or enum, or of a part of one.";

/// Examples of `trunkline check`.
pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  trunkline check protos/
  trunkline check -I third_party -o all.pb --include-imports protos/

Problems go to standard error, each with its place and what would mend it; the counts of files,
services, methods and problems go to standard output. With problems the exit code is 1, and no
descriptor set is written.";

/// Examples of `trunkline drift`.
pub(super) const DRIFT_EXAMPLES: &str = "\
Examples:
  trunkline drift --proto protos/ --plaintext localhost:50051
  trunkline drift --proto protos/ api.example.com:443 shop.v1.Orders
  trunkline drift --proto new/ --against old/               two folders, or a descriptor set
  trunkline drift --proto protos/ --json localhost:50051 | jq '.services[] | select(.verdict != \"same\")'

Per service what breaks comes first: each difference with both texts ('<' yours, '>' the server's),
what it does to requests and to responses, and the calls that it reaches. What breaks is judged as
protobuf's guide to updating message types and the categories WIRE and WIRE_JSON of buf do.

The exit code is 0 when no call breaks, 1 when one does or a service could not be compared; with
--strict what breaks only JSON counts too.";

/// Examples of `trunkline call`.
pub(super) const CALL_EXAMPLES: &str = "\
Examples:
  With a proto file:
    trunkline call --plaintext --proto helloworld.proto -d '{\"name\": \"Ada\"}' \\
        localhost:50051 helloworld.Greeter/SayHello
  With the server's reflection, over TLS:
    trunkline call -H 'authorization: Bearer TOKEN' -d '{}' api.example.com:443 shop.v1.Orders/List
  A stream of requests, one after another:
    trunkline call --plaintext -d '{\"name\": \"Ada\"} {\"name\": \"Grace\"}' \\
        localhost:50051 helloworld.Greeter/SayHelloClientStreaming
  A stream read from standard input, each message sent as soon as it is complete:
    tail -f events.json | trunkline call --plaintext -d @ localhost:50051 my.Log/Watch
  In the text format of protobuf:
    trunkline call --plaintext --format text -d 'name: \"Ada\"' localhost:50051 helloworld.Greeter/SayHello

Responses go to standard output, everything else to standard error.
Ctrl-C cancels the call (exit code 130).";

/// Examples of `trunkline run`.
pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  trunkline run orders/                                     the whole collection, in its order
  trunkline run --env staging --var user=ada orders/checkout
  trunkline run -v orders/checkout/place-order.request.json

One line per request goes to standard output. What a request captures is known to the requests
after it. The exit code is 0 when all passed, 1 otherwise.";
