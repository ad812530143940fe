"""Which of the official interoperability cases are run, by name, for the checks of run.py."""

ALL = [
    "empty_unary",
    "large_unary",
    "client_streaming",
    "server_streaming",
    "ping_pong",
    "empty_stream",
    "cancel_after_begin",
    "cancel_after_first_response",
    "timeout_on_sleeping_server",
    "custom_metadata",
    "status_code_and_message",
    "special_status_message",
    "unimplemented_method",
    "unimplemented_service",
    "concurrent_large_unary",
]


def client_compressed(compression):
    """With the probe that a server must refuse."""
    return [f"client_compressed_unary:{compression}", f"client_compressed_streaming:{compression}"]


def unprobed(compression):
    """For a server that does not know whether a request was compressed."""
    return [f"client_compressed_unary_unprobed:{compression}", f"client_compressed_streaming_unprobed:{compression}"]


def server_compressed(compression):
    return [f"server_compressed_unary:{compression}", f"server_compressed_streaming:{compression}"]
