"""grpc.testing.TestService of the interoperability cases on grpcio, for the checks of run.py.

grpcio does not show whether a request was compressed, so `expect_compressed` is not judged here.
"""

import pathlib
import time
from concurrent import futures

import grpc
from google.protobuf import message_factory

import servers

PROTOS = pathlib.Path(__file__).resolve().parent / "protos"
SERVICE = "grpc.testing.TestService"
ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"


class TestService:
    """Does what the descriptions of the cases say, and tells of each call how it ended for the server."""

    def __init__(self, events, compression):
        self.events = events
        self.compression = compression
        self.pool = servers.load("grpc/testing/test.proto", PROTOS)

    def message(self, name, **fields):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(f"grpc.testing.{name}"))(**fields)

    def payload(self, size):
        return self.message("Payload", body=bytes(size))

    def begin(self, context, name):
        metadata = dict(context.invocation_metadata())
        if ECHO_TRAILING in metadata:
            context.set_trailing_metadata([(ECHO_TRAILING, metadata[ECHO_TRAILING])])
        if ECHO_INITIAL in metadata:
            context.send_initial_metadata([(ECHO_INITIAL, metadata[ECHO_INITIAL])])
        context.add_callback(lambda: self.events.add(f"{name} over"))

    def refuse(self, context, request):
        if request.HasField("response_status"):
            # Ends the call by an exception.
            code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)

    def EmptyCall(self, _request, context):
        self.begin(context, "EmptyCall")
        return self.message("Empty")

    def UnaryCall(self, request, context):
        if request.response_compressed.value:
            context.set_compression(self.compression)
        self.begin(context, "UnaryCall")
        self.refuse(context, request)
        return self.message("SimpleResponse", payload=self.payload(request.response_size))

    def StreamingOutputCall(self, request, context):
        if any(one.compressed.value for one in request.response_parameters):
            context.set_compression(self.compression)
        self.begin(context, "StreamingOutputCall")
        self.refuse(context, request)
        yield from self.responses(request, context)

    def StreamingInputCall(self, requests, context):
        self.begin(context, "StreamingInputCall")
        size = sum(len(request.payload.body) for request in requests)
        self.events.add("StreamingInputCall ended")
        return self.message("StreamingInputCallResponse", aggregated_payload_size=size)

    def FullDuplexCall(self, requests, context):
        self.begin(context, "FullDuplexCall")
        for request in requests:
            self.refuse(context, request)
            yield from self.responses(request, context)
        if self.is_alive(context):
            self.events.add("FullDuplexCall ended")

    def is_alive(self, context):
        """Whether the client has ended its stream, and not the call: a cancel may reach the iterator as its end first,
        and the call a moment later."""
        deadline = time.monotonic() + 0.3
        while context.is_active() and time.monotonic() < deadline:
            time.sleep(0.02)
        return context.is_active()

    def responses(self, request, context):
        for one in request.response_parameters:
            time.sleep(one.interval_us / 1e6)
            if one.HasField("compressed") and not one.compressed.value:
                context.disable_next_message_compression()
            yield self.message("StreamingOutputCallResponse", payload=self.payload(one.size))

    def handlers(self):
        kinds = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        for method in self.pool.FindServiceByName(SERVICE).methods:
            behaviour = getattr(self, method.name, None)
            if behaviour is not None:
                yield method.name, kinds[method.client_streaming, method.server_streaming](
                    behaviour,
                    request_deserializer=message_factory.GetMessageClass(method.input_type).FromString,
                    response_serializer=message_factory.GetMessageClass(method.output_type).SerializeToString,
                )


def start(events, compression):
    """Serves it on a free port; gives the server and its address."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    handlers = dict(TestService(events, compression).handlers())
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, f"127.0.0.1:{port}"
