//! Answers as servers give them, good and bad, and what becomes of them.

use std::future::Future;

use bytes::Bytes;
use h2::Reason;
use http::Response;

use super::server::{Exchange, engine, framed, grpc_headers, h2_server, run, spec, trailers};
use crate::engine::{Cause, EndedBy, Outcome};
use crate::request::MetadataValue;
use crate::schema::Kind;

/// The status, who ended it and the cause of a unary call that is answered so.
fn check_answer<F>(answer: impl Fn(Exchange) -> F + Clone + Send + Sync + 'static) -> Outcome
where
    F: Future<Output = ()> + Send + 'static,
{
    let engine = engine();
    let address = engine.block_on(h2_server(answer));
    run(&engine, spec(address, Kind::Unary, &["x"])).1
}

#[test]
fn trailers_only_is_the_servers_status() {
    let outcome = check_answer(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[
            ("grpc-status", "5"),
            ("grpc-message", "no such caf%C3%A9"),
            ("grpc-status-details-bin", "CAU"),
            ("x-why", "because"),
        ]));
        exchange.respond.send_response(head, true).unwrap();
    });
    assert_eq!((outcome.status.code, outcome.status.message.as_str()), (5, "no such café"));
    assert_eq!(outcome.status.details, Bytes::from_static(&[8, 5]));
    assert!(outcome.trailers.contains(&("x-why".to_owned(), MetadataValue::Text("because".to_owned()))));
    assert_eq!((outcome.ended_by, outcome.cause), (EndedBy::Server, None));
}

#[test]
fn nothing_but_ok_is_an_answer_where_many_may_come() {
    let engine = engine();
    let address = engine.block_on(h2_server(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-status", "0"), ("x-why", "because")]));
        exchange.respond.send_response(head, true).unwrap();
    }));
    let (_, outcome) = run(&engine, spec(address, Kind::ServerStreaming, &["x"]));
    assert_eq!((outcome.status.code, outcome.ended_by, outcome.cause), (0, EndedBy::Server, None));
    assert!(outcome.trailers.contains(&("x-why".to_owned(), MetadataValue::Text("because".to_owned()))));
    let (_, outcome) = run(&engine, spec(address, Kind::Unary, &["x"]));
    assert!(matches!(outcome.cause, Some(Cause::BadFrame { .. })), "{outcome:?}");
}

#[test]
fn bad_details_and_bad_text_cost_only_themselves() {
    for early in [true, false] {
        let outcome = check_answer(move |mut exchange| async move {
            let bad = trailers(&[
                ("grpc-status", "9"),
                ("grpc-message", "bad %FF text"),
                ("grpc-status-details-bin", "!!! not base64 !!!"),
            ]);
            if early {
                let mut head = grpc_headers();
                head.headers_mut().extend(bad);
                exchange.respond.send_response(head, true).unwrap();
            } else {
                let mut stream = exchange.respond.send_response(grpc_headers(), false).unwrap();
                stream.send_trailers(bad).unwrap();
            }
        });
        assert_eq!((outcome.status.code, outcome.status.message.as_str()), (9, "bad \u{fffd} text"));
        assert_eq!((outcome.ended_by, outcome.cause), (EndedBy::Server, None));
    }
}

#[test]
fn an_early_status_ends_a_call_that_still_sends() {
    let engine = engine();
    let address = engine.block_on(h2_server(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-status", "16"), ("grpc-message", "who are you")]));
        exchange.respond.send_response(head, true).unwrap();
    }));
    let (_, outcome) = run(&engine, spec(address, Kind::Bidirectional, &["x"]));
    assert_eq!((outcome.status.code, outcome.status.message.as_str()), (16, "who are you"));
}

#[test]
fn a_page_in_place_of_grpc_is_shown() {
    let outcome = check_answer(|mut exchange| async move {
        let head = Response::builder().status(503).header("content-type", "text/html").body(()).unwrap();
        let mut stream = exchange.respond.send_response(head, false).unwrap();
        stream.send_data(Bytes::from_static(b"<h1>no healthy upstream</h1>"), true).unwrap();
    });
    assert_eq!((outcome.status.code, outcome.ended_by), (14, EndedBy::Failure));
    let body = "<h1>no healthy upstream</h1>".to_owned();
    let expected = Cause::NotGrpc { http_status: 503, content_type: "text/html".to_owned(), body };
    assert_eq!(outcome.cause, Some(expected));
}

#[test]
fn answers_that_break_the_protocol_say_how() {
    let check = |data: Bytes, with_trailers: bool, code: i32, word: &str| {
        let outcome = check_answer(move |mut exchange| {
            let data = data.clone();
            async move {
                let mut stream = exchange.respond.send_response(grpc_headers(), false).unwrap();
                stream.send_data(data, !with_trailers).unwrap();
                if with_trailers {
                    stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
                }
            }
        });
        assert_eq!((outcome.status.code, outcome.ended_by), (code, EndedBy::Failure), "{outcome:?}");
        let Some(Cause::BadFrame { detail }) = outcome.cause else { panic!("{:?}", outcome.cause) };
        assert!(detail.contains(word), "{detail}");
    };
    check(framed(b"x"), false, 2, "without a status");
    check(framed(b"xyz").slice(..6), true, 13, "middle of a message");
    check(Bytes::new(), true, 13, "no message");
    check(Bytes::from_static(b"\x07\0\0\0\0"), true, 13, "compression flag");
    check(Bytes::from_static(b"\x01\0\0\0\0"), true, 13, "compressed-flag");
}

#[test]
fn a_message_over_the_limit_names_both_sizes() {
    let outcome = check_answer(|mut exchange| async move {
        let mut stream = exchange.respond.send_response(grpc_headers(), false).unwrap();
        stream.send_data(Bytes::from_static(b"\0\x7f\0\0\0"), false).unwrap();
        std::future::poll_fn(|cx| stream.poll_reset(cx)).await.unwrap();
    });
    let size = 0x7f00_0000;
    assert_eq!(outcome.status.code, 8);
    assert_eq!(outcome.cause, Some(Cause::TooLarge { size, limit: 64 << 20 }));
}

#[test]
fn resets_map_to_codes() {
    let check = |reason: Reason, code: i32| {
        let outcome = check_answer(move |mut exchange| async move { exchange.respond.send_reset(reason) });
        assert_eq!((outcome.status.code, outcome.ended_by), (code, EndedBy::Failure), "{reason:?}");
        let Some(Cause::Reset { detail } | Cause::Unprocessed { detail }) = outcome.cause else {
            panic!("{:?}", outcome.cause)
        };
        assert!(detail.contains(&format!("{reason:?}")), "{detail}");
    };
    check(Reason::REFUSED_STREAM, 14);
    check(Reason::CANCEL, 1);
    check(Reason::ENHANCE_YOUR_CALM, 8);
    check(Reason::INTERNAL_ERROR, 13);
}

#[test]
fn an_encoding_that_nobody_asked_for_is_named() {
    let outcome = check_answer(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-encoding", "snappy")]));
        let mut stream = exchange.respond.send_response(head, false).unwrap();
        stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
    });
    // For the client's side gRPC prescribes INTERNAL; UNIMPLEMENTED is what a server says to a client.
    assert_eq!((outcome.status.code, outcome.ended_by), (13, EndedBy::Failure));
    let accepted = "gzip, deflate, zstd, identity".to_owned();
    assert_eq!(outcome.cause, Some(Cause::Encoding { encoding: "snappy".to_owned(), accepted }));
}
