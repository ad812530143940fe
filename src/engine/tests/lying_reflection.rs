//! Reflection against a server that lies: whatever it says, the good services stay, what is wrong is told of the service
//! that it concerns, and it ends in bounded time. From the wire to compiled types.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};
use tokio::sync::mpsc;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{FileDescriptorResponse, ServerReflectionRequest, ServerReflectionResponse};

use super::liar::{Act, Script, error, listing, said, say, server, whole};
use super::reflection::{file, named, symbol};
use super::server::{Exchange, Incoming, access, engine, framed, grpc_headers, h2_server, soon, write};
use crate::engine::{Engine, ReflectionFailure};
use crate::schema::{MethodPath, Schema};

fn good() -> (MessageRequest, Vec<Act>) {
    (symbol("good.Good"), say(&[whole("good.proto", "Good")]))
}

fn reflect(engine: &Engine, address: SocketAddr, timeout: Duration) -> Result<Schema, ReflectionFailure> {
    let access = access(address);
    let job = engine.reflect("liar".to_owned(), access, timeout);
    engine.block_on(async { tokio::time::timeout(Duration::from_mins(1), job.wait()).await }).unwrap().unwrap()
}

/// What the user gets: services that can be called, those that cannot, and what is said.
fn outcome(schema: &Schema) -> (Vec<&str>, Vec<&str>, Vec<String>) {
    let (mut usable, mut useless) = (Vec::new(), Vec::new());
    for service in &schema.services {
        let name = service.full_name.as_str();
        let types = schema.types(name, &service.file);
        let method = service.methods.first().map(|method| method.name.clone()).unwrap_or_default();
        let path = MethodPath { service: name.to_owned(), method };
        match types.ok().and_then(|types| types.method(&path)) {
            Some(_) => usable.push(name),
            None => useless.push(name),
        }
    }
    useless.extend(schema.undescribed.iter().map(String::as_str));
    let said = schema.problems.iter().map(|problem| format!("[{}] {problem}", problem.service)).collect();
    (usable, useless, said)
}

/// Reflects a server whose good service must stay whatever it does with the bad one.
#[track_caller]
fn check(services: &[&str], mut script: Script, usable: &[&str], useless: &[&str], problems: &[&str]) {
    let engine = engine();
    script.extend([listing(services), good()]);
    let schema = reflect(&engine, server(&engine, script), Duration::from_secs(20)).unwrap();
    let (got_usable, got_useless, said) = outcome(&schema);
    assert_eq!((got_usable, got_useless), (usable.to_vec(), useless.to_vec()), "{said:#?}");
    assert_eq!(said.len(), problems.len(), "{said:#?}");
    for (said, part) in said.iter().zip(problems) {
        assert!(said.contains(part), "{part:?} in {said:?}");
    }
}

const BOTH: &[&str] = &["bad.Bad", "good.Good"];

/// The same where the bad service comes with nothing that is of use.
#[track_caller]
fn check_bad(acts: Vec<Act>, problems: &[&str]) {
    check(BOTH, vec![(symbol("bad.Bad"), acts)], &["good.Good"], &["bad.Bad"], problems);
}

#[test]
fn one_service_is_asked_for_alone_and_all_where_it_is_not_known() {
    let check = |script: Script, wanted: &str, expected: &[&str]| {
        let engine = engine();
        let access = access(server(&engine, script));
        let job = engine.reflect_service("liar".to_owned(), access, Duration::from_secs(20), wanted.to_owned());
        let schema = engine.block_on(job.wait()).unwrap().unwrap();
        assert_eq!(outcome(&schema).0, expected);
    };
    // A server that would not list its services.
    check(vec![good()], "good.Good", &["good.Good"]);
    check(vec![listing(&["good.Good"]), good()], "no.Such", &["good.Good"]);
    let ended = (symbol("no.Such"), vec![Act::End("5")]);
    check(vec![listing(&["good.Good"]), good(), ended], "no.Such", &["good.Good"]);
}

#[test]
fn a_missing_dependency_is_stood_in_for() {
    let field = |name: &str, number, kind, of: &str| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(i32::from(kind)),
        type_name: Some(of.to_owned()),
        ..Default::default()
    };
    let mut bad = whole("bad.proto", "Bad");
    bad.dependency = vec!["gone/v1/a.proto".to_owned(), "other/b.proto".to_owned()];
    bad.message_type[0].field = vec![
        field("one", 1, Type::Message, ".gone.v1.One"),
        field("deep", 2, Type::Message, ".gone.v1.Outer.Inner"),
        field("level", 3, Type::Enum, ".other.Level"),
        field("third", 4, Type::Message, ".third.Thing"),
    ];
    let engine = engine();
    let address = server(&engine, vec![listing(BOTH), good(), (symbol("bad.Bad"), say(&[bad]))]);
    let schema = reflect(&engine, address, Duration::from_secs(20)).unwrap();
    let (usable, _, said) = outcome(&schema);
    assert_eq!(usable, BOTH);
    let told = "[bad.Bad] bad.proto: service 'bad.Bad' is described in part: without 'gone/v1/a.proto', \
                'other/b.proto', gone.v1.One, gone.v1.Outer.Inner, other.Level, third.Thing are not known: empty \
                stand-ins are used";
    assert_eq!(said.last().map(String::as_str), Some(told));
    assert!(said[0].contains("gone/v1/a.proto: the server does not have this imported file: NOT_FOUND"), "{said:?}");
    let types = schema.types("bad.Bad", "bad.proto").unwrap();
    let pool = types.pool();
    assert!(pool.get_enum_by_name("other.Level").is_some());
    let of = |name: &str| pool.get_message_by_name(name).map(|message| message.parent_file().name().to_owned());
    assert_eq!(of("gone.v1.Outer.Inner").as_deref(), Some("gone/v1/a.proto"));
    assert_eq!(of("third.Thing").as_deref(), Some("missing/third.proto"));
    assert!(types.doc("gone.v1.One").starts_with("Not known"));
}

#[test]
fn a_type_that_a_known_message_lacks_is_put_into_it() {
    let mut bad = whole("bad.proto", "Bad");
    bad.service[0].method[0].input_type = Some(".bad.M.Lost".to_owned());
    let problems = ["[bad.Bad] bad.proto: service 'bad.Bad' is described in part: bad.M.Lost is not defined anywhere"];
    check(BOTH, vec![(symbol("bad.Bad"), say(&[bad]))], BOTH, &[], &problems);
}

#[test]
fn syntax_and_editions_that_nobody_knows_are_read_as_the_newest() {
    let unknown = FileDescriptorProto { syntax: Some("proto9\n".to_owned()), ..whole("bad.proto", "Bad") };
    check(BOTH, vec![(symbol("bad.Bad"), say(&[unknown]))], BOTH, &[], &["unknown syntax 'proto9\\n'"]);
    let mut edition =
        FileDescriptorProto { syntax: Some("editions".to_owned()), ..whole("bad.proto", "Bad") }.encode_to_vec();
    prost::encoding::int32::encode(14, &424_242, &mut edition);
    let answer = FileDescriptorResponse { file_descriptor_proto: vec![edition] };
    let acts = vec![Act::Say(MessageResponse::FileDescriptorResponse(answer))];
    check(BOTH, vec![(symbol("bad.Bad"), acts)], BOTH, &[], &["unknown edition 424242"]);
}

#[test]
fn answers_without_end_end() {
    // To one request: the others are asked on another stream.
    let bad = said(&[whole("bad.proto", "Bad")]);
    let begun = Instant::now();
    let script = vec![(symbol("bad.Bad"), vec![Act::Endlessly(bad)])];
    check(BOTH, script, BOTH, &[], &["the server sends answers that nobody asked for"]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // After the last request, and to none that was made.
    let stray = Act::SayFor(symbol("x.X"), said(&[whole("x.proto", "X")]));
    let acts = vec![stray.clone(), stray.clone(), Act::Say(said(&[whole("bad.proto", "Bad")])), stray.clone(), stray];
    check(BOTH, vec![(symbol("bad.Bad"), acts)], BOTH, &[], &[]);
    // A list without end, and after it nothing but the list.
    let engine = engine();
    let (list, acts) = listing(&["good.Good"]);
    let Some(Act::Say(said)) = acts.into_iter().next() else { panic!("a list") };
    let flood = vec![Act::Endlessly(said.clone())];
    let stray = vec![Act::SayFor(list.clone(), said); 400];
    let address = server(&engine, vec![(list, flood), (symbol("good.Good"), stray)]);
    let schema = reflect(&engine, address, Duration::from_secs(20)).unwrap();
    assert_eq!(schema.undescribed, ["good.Good"]);
    let message = &schema.problems.last().unwrap().message;
    assert!(schema.problems.iter().any(|problem| problem.message.contains("nobody asked for")), "{message}");
}

#[test]
fn a_server_that_never_pauses_is_late_all_the_same() {
    let engine = engine();
    // Each file imports the next, for ever.
    let address = engine.block_on(h2_server(|Exchange { request, mut respond }| async move {
        let mut incoming = Incoming::new(request.into_body());
        let mut stream = respond.send_response(grpc_headers(), false).unwrap();
        while let Ok(Some(message)) = incoming.next().await {
            let asked = ServerReflectionRequest::decode(message.as_slice()).unwrap();
            let said = match &asked.message_request {
                Some(MessageRequest::FileByFilename(name)) => said(&[file(name, &[&format!("{name}+")], None)]),
                Some(MessageRequest::ListServices(_)) => match listing(&["a.A"]).1.remove(0) {
                    Act::Say(said) => said,
                    _ => return,
                },
                _ => said(&[file("a.proto", &["b"], Some("A"))]),
            };
            let response = ServerReflectionResponse {
                original_request: Some(asked),
                message_response: Some(said),
                ..Default::default()
            };
            if !write(&mut stream, framed(&response.encode_to_vec())).await {
                return;
            }
        }
    }));
    let begun = Instant::now();
    let schema = reflect(&engine, address, Duration::from_millis(500)).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(schema.services.len(), 1);
    assert!(schema.problems.iter().any(|problem| problem.message.contains("within 500ms")), "{:?}", schema.problems);
}

#[test]
fn of_two_files_of_one_name_the_first_counts_and_the_other_is_told() {
    let mut other = whole("bad.proto", "Bad");
    other.message_type[0].name = Some("Other".to_owned());
    let acts = say(&[whole("bad.proto", "Bad"), other]);
    check(BOTH, vec![(symbol("bad.Bad"), acts)], BOTH, &[], &["bad.proto: the server sent this file twice"]);
}

#[test]
fn one_file_under_two_names_is_one() {
    let base = FileDescriptorProto { package: Some("base".to_owned()), ..file("base.proto", &[], None) };
    let twin = FileDescriptorProto { name: Some("path/base.proto".to_owned()), ..base.clone() };
    let via = FileDescriptorProto { message_type: Vec::new(), ..file("via.proto", &["path/base.proto"], None) };
    let bad = file("bad.proto", &["base.proto", "via.proto"], Some("Bad"));
    let double = FileDescriptorProto { name: Some("double.proto".to_owned()), ..bad.clone() };
    let acts = say(&[bad, double, via, twin, base]);
    check(BOTH, vec![(symbol("bad.Bad"), acts)], BOTH, &[], &[]);
}

#[test]
fn huge_files_are_taken_up_to_a_limit() {
    let mut huge = whole("bad.proto", "Bad");
    let reserved = vec!["x".repeat(1 << 20); 40];
    huge.message_type[0].reserved_name = reserved;
    check(BOTH, vec![(symbol("bad.Bad"), say(&[huge.clone()]))], BOTH, &[], &[]);
    huge.message_type[0].reserved_name = vec!["x".repeat(1 << 20); 65];
    check_bad(say(&[huge]), &["[bad.Bad] the server does not describe its service bad.Bad: RESOURCE_EXHAUSTED"]);
}

#[test]
fn the_wrong_symbol_is_no_description() {
    let undescribed = "[bad.Bad] the server lists the service 'bad.Bad' but does not describe it";
    check_bad(say(&[whole("other.proto", "Other")]), &[undescribed]);
    check_bad(say(&[]), &[undescribed]);
}

#[test]
fn garbage_costs_only_itself() {
    let junk = FileDescriptorResponse { file_descriptor_proto: vec![vec![0xff; 7], Vec::new()] };
    let acts = vec![Act::Say(MessageResponse::FileDescriptorResponse(junk))];
    check_bad(acts, &["[bad.Bad] the server does not describe its service bad.Bad: the server sent a file descriptor"]);
    let mut broken = whole("bad.proto", "Bad").encode_to_vec();
    broken.truncate(broken.len() - 3);
    let junk = FileDescriptorResponse { file_descriptor_proto: vec![broken] };
    let acts = vec![Act::Say(MessageResponse::FileDescriptorResponse(junk))];
    check_bad(acts, &["[bad.Bad] the server does not describe"]);
}

#[test]
fn answers_that_cannot_be_read_are_told() {
    let engine = engine();
    let acts = vec![Act::Raw(Bytes::from_static(b"\xff\xff\xff"))];
    let address = server(&engine, vec![listing(BOTH), good(), (symbol("bad.Bad"), acts)]);
    // It does not say for which request: the first is meant.
    let schema = reflect(&engine, address, Duration::from_secs(1)).unwrap();
    let (usable, useless, said) = outcome(&schema);
    assert_eq!((usable, useless), (vec!["good.Good"], vec!["bad.Bad"]), "{said:?}");
    assert!(said.iter().any(|said| said.starts_with("[bad.Bad]")), "{said:?}");
}

#[test]
fn files_without_a_name_are_given_one() {
    let unnamed = |service: &str| FileDescriptorProto { name: None, ..whole(&format!("{service}.proto"), service) };
    let mut script = vec![(symbol("bad.Bad"), say(&[unnamed("bad"), unnamed("worse")]))];
    let list: &[&str] = &["bad.bad", "good.Good", "worse.worse"];
    script.push((symbol("bad.bad"), say(&[unnamed("bad"), unnamed("worse")])));
    check(list, script, list, &[], &[]);
}

#[test]
fn cycles_of_imports_are_told_and_a_file_may_import_itself() {
    let itself = FileDescriptorProto { dependency: vec!["bad.proto".to_owned()], ..whole("bad.proto", "Bad") };
    check(BOTH, vec![(symbol("bad.Bad"), say(&[itself]))], BOTH, &[], &[]);
    let cycle = [file("bad.proto", &["base.proto"], Some("Bad")), file("base.proto", &["bad.proto"], None)];
    let told = "service 'bad.Bad' cannot be called: import cycle: bad.proto -> base.proto -> bad.proto";
    check_bad_but_listed(say(&cycle), &[told]);
    let twice = FileDescriptorProto {
        dependency: vec!["base.proto".to_owned(), "base.proto".to_owned()],
        ..file("bad.proto", &[], Some("Bad"))
    };
    check(BOTH, vec![(symbol("bad.Bad"), say(&[twice, file("base.proto", &[], None)]))], BOTH, &[], &[]);
}

/// The bad service is listed with its methods but cannot be called.
#[track_caller]
fn check_bad_but_listed(acts: Vec<Act>, problems: &[&str]) {
    check(BOTH, vec![(symbol("bad.Bad"), acts)], &["good.Good"], &["bad.Bad"], problems);
}

#[test]
fn descriptors_that_cannot_be_linked_take_only_their_service_away() {
    let mut twice = whole("bad.proto", "Bad");
    let again = twice.message_type[0].clone();
    twice.message_type.push(again);
    check_bad_but_listed(say(&[twice]), &["[bad.Bad] bad.proto: service 'bad.Bad' cannot be called: "]);
    let mut index = whole("bad.proto", "Bad");
    index.public_dependency = vec![7, -1];
    index.enum_type = vec![EnumDescriptorProto { name: Some("Empty".to_owned()), ..Default::default() }];
    check_bad_but_listed(say(&[index]), &["[bad.Bad] bad.proto: service 'bad.Bad' cannot be called: "]);
}

#[test]
fn thousands_of_services_are_listed() {
    let engine = engine();
    let all: Vec<String> = (0..5_000).map(|number| format!("s{number:04}.S")).collect();
    let listed: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut script = vec![listing(&listed)];
    for service in &all {
        let name = format!("{}.proto", service.trim_end_matches(".S"));
        script.push((symbol(service), say(&[whole(&name, "S")])));
    }
    let begun = Instant::now();
    let schema = reflect(&engine, server(&engine, script), Duration::from_secs(50)).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(50), "{:?}", begun.elapsed());
    assert_eq!((schema.services.len(), schema.problems), (5_000, Vec::new()));
    // None of them described: told, but not five thousand times.
    let schema = reflect(&engine, server(&engine, vec![listing(&listed)]), Duration::from_secs(50)).unwrap();
    assert_eq!((schema.services.len(), schema.undescribed.len()), (0, 5_000));
    assert!(schema.problems.len() < 200, "{}", schema.problems.len());
}

#[test]
fn odd_names_and_names_listed_twice_do_no_harm() {
    let odd: &[&str] = &["", "\0", " ", "a\nb", "bad.Bad", "bad.Bad", "good.Good", "good.Good", "Ω.…/../x"];
    let bad = (symbol("bad.Bad"), say(&[whole("bad.proto", "Bad")]));
    check(odd, vec![bad], BOTH, &["\0", " ", "a\nb", "Ω.…/../x"], &["\\0", "service  :", "a\\nb", "Ω.…/../x"]);
}

#[test]
fn a_server_that_stalls_keeps_nobody_waiting() {
    for act in [Act::Stall, Act::Half(100_000)] {
        let engine = engine();
        let bad = (symbol("bad.Bad"), vec![act.clone()]);
        // The good one is answered first.
        let address =
            server(&engine, vec![listing(&["a.A", "bad.Bad"]), (symbol("a.A"), say(&[whole("a.proto", "A")])), bad]);
        let begun = Instant::now();
        let schema = reflect(&engine, address, Duration::from_millis(700)).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        let (usable, useless, said) = outcome(&schema);
        assert_eq!((usable, useless), (vec!["a.A"], vec!["bad.Bad"]), "{said:?}");
        assert!(said[0].contains("did not answer within 700ms"), "{said:?}");
        assert!(said[1].starts_with("[bad.Bad]"), "{said:?}");
    }
}

#[test]
fn a_stream_that_breaks_off_costs_only_what_it_was_about() {
    check_bad(vec![Act::Reset], &["[bad.Bad] the server does not describe its service bad.Bad: INTERNAL"]);
    check_bad(vec![Act::End("0")], &["[bad.Bad]"]);
    check_bad(vec![Act::End("14")], &["[bad.Bad] the server does not describe its service bad.Bad: UNAVAILABLE"]);
}

#[test]
fn a_server_that_goes_away_midway_leaves_what_it_said() {
    let engine = engine();
    let address = engine.block_on(super::server::listen(|stream| async move {
        let Ok(mut connection) = h2::server::handshake(stream).await else { return };
        let Some(Ok((request, mut respond))) = connection.accept().await else { return };
        let (done, mut gone) = mpsc::channel::<()>(1);
        tokio::spawn(async move {
            let mut incoming = Incoming::new(request.into_body());
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            for act in [listing(BOTH).1.remove(0), say(&[whole("bad.proto", "Bad")]).remove(0)] {
                let (Ok(Some(_)), Act::Say(said)) = (incoming.next().await, act) else { return };
                let response = ServerReflectionResponse { message_response: Some(said), ..Default::default() };
                write(&mut stream, framed(&response.encode_to_vec())).await;
            }
            let _third = incoming.next().await;
            drop(done);
        });
        // Once the second answer is out the connection breaks.
        tokio::select! { _ = connection.accept() => (), _ = gone.recv() => () }
    }));
    let schema = reflect(&engine, address, Duration::from_secs(5)).unwrap();
    let (usable, useless, said) = outcome(&schema);
    assert!(useless.contains(&"good.Good"), "{said:?}");
    assert!(usable.contains(&"bad.Bad") || useless.contains(&"bad.Bad"), "{said:?}");
    assert!(!said.is_empty());
}

#[test]
fn errors_and_answers_of_the_wrong_kind_are_told() {
    check_bad(
        vec![Act::Say(error(-7, "odd"))],
        &["[bad.Bad] the server does not describe its service bad.Bad: CODE_-7: odd"],
    );
    check_bad(vec![Act::Say(error(i32::MAX, ""))], &["CODE_2147483647"]);
    let Some(Act::Say(list)) = listing(&["x.X"]).1.into_iter().next() else { panic!("a list") };
    check_bad(
        vec![Act::Say(list)],
        &["[bad.Bad] the server does not describe its service bad.Bad: the answer is about something else"],
    );
    // In place of the list itself.
    let engine = engine();
    for acts in
        [say(&[whole("x.proto", "X")]), vec![Act::Say(error(99, "no list"))], vec![Act::End("0")], vec![Act::Reset]]
    {
        let address = server(&engine, vec![(MessageRequest::ListServices(String::new()), acts)]);
        assert!(reflect(&engine, address, Duration::from_secs(5)).is_err());
    }
}

#[test]
fn answers_out_of_order_find_their_requests() {
    let engine = engine();
    let late =
        vec![Act::SayFor(symbol("good.Good"), said(&[whole("good.proto", "Good")])), Act::Say(error(5, "not here"))];
    let address = server(&engine, vec![listing(BOTH), (symbol("bad.Bad"), late), (symbol("good.Good"), Vec::new())]);
    let schema = reflect(&engine, address, Duration::from_secs(5)).unwrap();
    let (usable, useless, said) = outcome(&schema);
    assert_eq!((usable, useless), (vec!["good.Good"], vec!["bad.Bad"]), "{said:?}");
}

#[test]
fn a_job_that_is_dropped_ends_the_talk_and_tells_how_far_it_was() {
    let engine = engine();
    let (ended, mut seen) = mpsc::channel::<bool>(1);
    let address = engine.block_on(h2_server(move |Exchange { request, mut respond }| {
        let ended = ended.clone();
        async move {
            let mut incoming = Incoming::new(request.into_body());
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            for act in [listing(BOTH).1.remove(0), say(&[whole("bad.proto", "Bad")]).remove(0)] {
                let (Ok(Some(_)), Act::Say(said)) = (incoming.next().await, act) else { return };
                let response = ServerReflectionResponse { message_response: Some(said), ..Default::default() };
                write(&mut stream, framed(&response.encode_to_vec())).await;
            }
            // The request that is never answered, then the end.
            while let Ok(Some(_)) = incoming.next().await {}
            ended.send(incoming.next().await.is_err()).await.unwrap_or_default();
        }
    }));
    let access = access(address);
    let job = engine.reflect("slow".to_owned(), access, Duration::from_mins(1));
    engine.block_on(soon(async {
        while job.progress() != (1, 2) {
            tokio::task::yield_now().await;
        }
    }));
    drop(job);
    assert!(engine.block_on(soon(seen.recv())).is_some());
}

#[test]
fn names_of_files_are_asked_for_once() {
    let bad = (symbol("bad.Bad"), say(&[file("bad.proto", &["base.proto"], Some("Bad"))]));
    let base = (named("base.proto"), say(&[file("base.proto", &[], None)]));
    check(BOTH, vec![bad, base], BOTH, &[], &[]);
}
