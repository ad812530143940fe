//! Tokens: a server of the tests' own that gives them, commands that print them, and what calls take along.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::authority::Authority;
use super::proxies::{YES, http_proxy};
use super::server::{
    Exchange, engine, framed, grpc_headers, h2_server, listen, run, soon, spec, trailers, with_tls, write,
};
use crate::engine::{CallEvent, Cause, CredentialsFailure, EndedBy, Engine, Happened, Outcome, Step, TokenState};
use crate::request::{
    CallSpec, ClientAuth, CommandSpec, Credentials, Entry, Grant, JwtAlgorithm, JwtSpec, OAuthSpec, Proxy,
    ProxyAddress, ProxyKind, Secret, SigningKey,
};
use crate::schema::Kind;

/// What a server was asked: the header `authorization`, and the form.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A token server that answers each request in its turn, the last one again and again.
async fn token_server(answers: &[(u16, &str)]) -> (SocketAddr, Asked) {
    token_server_over(answers, None).await
}

/// The same, over TLS where there is something to accept it with.
async fn token_server_over(answers: &[(u16, &str)], acceptor: Option<TlsAcceptor>) -> (SocketAddr, Asked) {
    let answers: Vec<(u16, String)> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let address = listen(move |stream| {
        let (seen, answers, acceptor) = (Arc::clone(&seen), answers.clone(), acceptor.clone());
        async move {
            let mut stream: Box<dyn Duplex> = match acceptor {
                None => Box::new(stream),
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => Box::new(stream),
                    Err(_refused) => return,
                },
            };
            let (head, body) = http1_request(&mut stream).await;
            let authorization = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
            let turn = {
                let mut seen = seen.lock().unwrap();
                seen.push((authorization.to_owned(), body));
                seen.len() - 1
            };
            let (status, body) = answers.get(turn).or(answers.last()).unwrap();
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            // With TLS nothing has gone out before.
            stream.flush().await.unwrap();
        }
    })
    .await;
    (address, asked)
}

/// Any stream of bytes.
trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// Head and body of a request.
async fn http1_request(stream: &mut (impl AsyncRead + Unpin)) -> (String, String) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return (head.to_owned(), body.to_owned());
            }
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{text}");
    }
}

/// A gRPC server that tells the header `authorization` of each call and answers with this status.
async fn grpc_server(status: &'static str) -> (SocketAddr, mpsc::Receiver<String>) {
    let (seen, calls) = mpsc::channel(64);
    let address = h2_server(move |exchange| answer(exchange, seen.clone(), status)).await;
    (address, calls)
}

async fn answer(exchange: Exchange, seen: mpsc::Sender<String>, status: &'static str) {
    let Exchange { request, mut respond } = exchange;
    let value = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    seen.send(value.unwrap_or_default()).await.unwrap();
    let mut stream = respond.send_response(grpc_headers(), false).unwrap();
    if status == "0" {
        assert!(write(&mut stream, framed(b"x")).await);
    }
    stream.send_trailers(trailers(&[("grpc-status", status)])).unwrap();
}

fn bearer() -> Entry {
    Entry { name: "authorization".to_owned(), prefix: "Bearer".to_owned() }
}

fn oauth(address: SocketAddr) -> OAuthSpec {
    OAuthSpec {
        grant: Grant::ClientCredentials,
        token_url: format!("http://{address}/token?a=b"),
        client_id: "me".to_owned(),
        client_secret: Secret::new("s:1"),
        scopes: "a b".to_owned(),
        audience: String::new(),
        resource: String::new(),
        client_auth: ClientAuth::Header,
        parameters: Vec::new(),
        entry: bearer(),
    }
}

fn call_with(address: SocketAddr, credentials: impl Into<Option<Credentials>>) -> CallSpec {
    let mut spec = spec(address, Kind::Unary, &["x"]);
    spec.access.credentials = credentials.into();
    spec
}

/// The steps that have to do with tokens.
fn steps<'a>(events: &'a [CallEvent]) -> Vec<&'a Step> {
    let step = |event: &'a CallEvent| match &event.what {
        Happened::Step(step @ (Step::Token { .. } | Step::FetchingToken { .. } | Step::Browser { .. })) => Some(step),
        _ => None,
    };
    events.iter().filter_map(step).collect()
}

fn failure(outcome: Outcome) -> CredentialsFailure {
    assert_eq!((outcome.status.code, outcome.ended_by), (16, EndedBy::Failure), "{outcome:?}");
    let Some(Cause::Credentials(failure)) = outcome.cause else { panic!("{outcome:?}") };
    failure
}

#[test]
fn client_credentials_are_fetched_once_and_reused() {
    let engine = engine();
    let (tokens, asked) =
        engine.block_on(token_server(&[(200, r#"{"access_token":"t1","token_type":"Bearer","expires_in":3600}"#)]));
    let (address, mut calls) = engine.block_on(grpc_server("0"));
    let credentials = Credentials::OAuth2(oauth(tokens));
    let source = format!("http://{tokens}/token?a=b");
    let (events, outcome) = run(&engine, call_with(address, credentials.clone()));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let sent = |event: &CallEvent| matches!(&event.what, Happened::Requested { headers, .. } if headers.len() > 3);
    assert!(events.iter().any(sent) && !format!("{events:?}").contains("Bearer t1"), "{events:?}");
    let expected =
        [Step::FetchingToken { source: source.clone() }, Step::Token { source: source.clone(), reused: false }];
    assert_eq!(steps(&events), expected.iter().collect::<Vec<_>>());
    let (events, _) = run(&engine, call_with(address, credentials.clone()));
    assert_eq!(steps(&events), [&Step::Token { source, reused: true }]);
    for _ in 0..2 {
        assert_eq!(engine.block_on(soon(calls.recv())).unwrap(), "Bearer t1");
    }
    let pair = base64::engine::general_purpose::STANDARD.encode("me:s%3A1");
    let expected = (format!("Basic {pair}"), "grant_type=client_credentials&scope=a%20b".to_owned());
    assert_eq!(*asked.lock().unwrap(), [expected]);
    assert!(matches!(engine.token_state(&credentials), TokenState::Held(_)));
    engine.forget_token(&credentials);
    assert_eq!(engine.token_state(&credentials), TokenState::Missing);
}

#[test]
fn a_token_server_with_its_own_ca_is_believed_when_that_is_named() {
    let engine = engine();
    let root = Authority::new("Token Root");
    let acceptor = root.server("127.0.0.1").alpn(&[b"http/1.1"]).acceptor();
    let (tokens, asked) = engine.block_on(token_server_over(&[(200, r#"{"access_token":"t"}"#)], Some(acceptor)));
    let oauth = OAuthSpec { token_url: format!("https://{tokens}/token"), ..oauth(tokens) };
    let grpc = root.server("127.0.0.1").run(&engine);
    let mut call = with_tls(call_with(grpc, Credentials::OAuth2(oauth)), root.trusted());
    let (_, outcome) = run(&engine, call.clone());
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    assert_eq!(asked.lock().unwrap().len(), 1);

    let other = Authority::new("Another Root");
    call.access.connection.tls = Some(other.trusted());
    engine.forget_token(call.access.credentials.as_ref().unwrap());
    let failure = failure(run(&engine, call).1);
    let CredentialsFailure::Unreachable { detail, .. } = failure else { panic!("{failure:?}") };
    assert!(detail.contains("CN=Token Root") && detail.contains("not trusted"), "{detail}");
}

#[test]
fn a_token_server_is_reached_through_the_proxy_of_the_call() {
    let engine = engine();
    let (tokens, asked) = engine.block_on(token_server(&[(200, r#"{"access_token":"t"}"#)]));
    let (proxy, mut passed) = engine.block_on(http_proxy(tokens, YES));
    let oauth = OAuthSpec { token_url: "http://tokens.test/token".to_owned(), ..oauth(tokens) };
    let mut access = call_with(tokens, Credentials::OAuth2(oauth)).access;
    access.connection.proxy = Proxy::Given(ProxyAddress {
        kind: ProxyKind::Http,
        host: proxy.ip().to_string(),
        port: proxy.port(),
        credentials: None,
    });
    let mut job = engine.fetch_token(access.clone());
    let fetched = engine.block_on(soon(async {
        loop {
            if let Some(answer) = job.try_next() {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    }));
    assert_eq!(fetched, Ok(Ok(())));
    assert_eq!(asked.lock().unwrap().len(), 1);
    let request = engine.block_on(soon(passed.recv())).unwrap();
    assert!(request.starts_with("CONNECT tokens.test:80 HTTP/1.1\r\n"), "{request}");
}

#[test]
fn calls_at_the_same_time_fetch_one_token() {
    let engine = engine();
    let (tokens, asked) = engine.block_on(token_server(&[(200, r#"{"access_token":"t"}"#)]));
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let calls: Vec<_> = (0..8).map(|_| engine.call(call_with(address, Credentials::OAuth2(oauth(tokens))))).collect();
    for mut call in calls {
        let (_, outcome) = engine.block_on(super::server::all(&mut call));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn a_token_that_has_ended_is_renewed_by_its_refresh_token() {
    let engine = engine();
    let (tokens, asked) = engine.block_on(token_server(&[
        (200, r#"{"access_token":"t1","expires_in":0,"refresh_token":"r1"}"#),
        (200, r#"{"access_token":"t2","expires_in":0}"#),
        (400, r#"{"error":"invalid_grant"}"#),
        (200, r#"{"access_token":"t3","expires_in":3600}"#),
    ]));
    let (address, mut calls) = engine.block_on(grpc_server("0"));
    let mut oauth = oauth(tokens);
    oauth.client_auth = ClientAuth::Body;
    oauth.audience = "x".to_owned();
    for expected in ["Bearer t1", "Bearer t2", "Bearer t3", "Bearer t3"] {
        let (_, outcome) = run(&engine, call_with(address, Credentials::OAuth2(oauth.clone())));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
        assert_eq!(engine.block_on(soon(calls.recv())).unwrap(), expected);
    }
    let client = "client_id=me&client_secret=s%3A1";
    let first = format!("grant_type=client_credentials&scope=a%20b&audience=x&{client}");
    let refresh = format!("grant_type=refresh_token&refresh_token=r1&{client}");
    let forms: Vec<String> = asked.lock().unwrap().iter().map(|(_, form)| form.clone()).collect();
    assert_eq!(forms, [first.clone(), refresh.clone(), refresh, first]);
}

#[test]
fn a_refused_call_drops_the_token() {
    let engine = engine();
    let (tokens, asked) = engine.block_on(token_server(&[
        (200, r#"{"access_token":"t1","expires_in":3600}"#),
        (200, r#"{"access_token":"t2","expires_in":3600}"#),
    ]));
    let (address, mut calls) = engine.block_on(grpc_server("16"));
    for expected in ["Bearer t1", "Bearer t2"] {
        let (_, outcome) = run(&engine, call_with(address, Credentials::OAuth2(oauth(tokens))));
        assert_eq!((outcome.status.code, outcome.ended_by), (16, EndedBy::Server));
        assert_eq!(engine.block_on(soon(calls.recv())).unwrap(), expected);
    }
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[test]
fn why_there_is_no_token() {
    let engine = engine();
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let refused = |status: u16, body: &str| {
        let (tokens, _asked) = engine.block_on(token_server(&[(status, body)]));
        let (_, outcome) = run(&engine, call_with(address, Credentials::OAuth2(oauth(tokens))));
        outcome.status.message.replace(&tokens.to_string(), "host")
    };
    assert_eq!(
        refused(401, r#"{"error":"invalid_client","error_description":"Who are you?"}"#),
        "no token: http://host/token?a=b answered invalid_client: Who are you?"
    );
    assert_eq!(refused(500, "oops"), "no token: http://host/token?a=b answered HTTP 500: oops");
    let nowhere = engine.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    });
    let (_, outcome) = run(&engine, call_with(address, Credentials::OAuth2(oauth(nowhere))));
    let CredentialsFailure::Unreachable { detail, .. } = failure(outcome) else { panic!() };
    assert!(detail.contains("refused"), "{detail}");
}

#[test]
fn deadline_and_cancel_hold_over_the_fetching() {
    let engine = engine();
    let silent = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let mut spec = call_with(address, Credentials::OAuth2(oauth(silent)));
    let mut call = engine.call(spec.clone());
    loop {
        let event = engine.block_on(soon(call.next())).unwrap();
        if matches!(event.what, Happened::Step(Step::FetchingToken { .. })) {
            break;
        }
    }
    call.cancel();
    let (_, outcome) = engine.block_on(super::server::all(&mut call));
    assert_eq!((outcome.status.code, outcome.ended_by), (1, EndedBy::Cancel));
    spec.timeout = Some(Duration::from_millis(50));
    let (_, outcome) = run(&engine, spec);
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
}

/// Gets a page as a browser does: its status line and all the rest.
async fn get(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    let (status, rest) = page.split_once("\r\n").unwrap();
    (status.to_owned(), rest.to_owned())
}

/// The value of a parameter of a URL, with the escapes of what we send undone.
fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default();
    value.replace("%3A", ":").replace("%2F", "/").replace("%20", " ")
}

fn by_browser(tokens: SocketAddr) -> Credentials {
    by_browser_on(0, tokens)
}

fn by_browser_on(redirect_port: u16, tokens: SocketAddr) -> Credentials {
    let authorization_url = "https://login.example.com/authorize?x=y".to_owned();
    let grant = Grant::AuthorizationCode { authorization_url, redirect_port };
    let parameters = vec![("prompt".to_owned(), "login".to_owned())];
    Credentials::OAuth2(OAuthSpec { grant, client_secret: Secret::default(), parameters, ..oauth(tokens) })
}

async fn address_of(call: &mut crate::engine::Call) -> String {
    loop {
        if let Happened::Step(Step::Browser { url }) = soon(call.next()).await.unwrap().what {
            return url;
        }
    }
}

#[test]
fn authorization_code_with_pkce() {
    let engine = engine();
    let (tokens, asked) = engine.block_on(token_server(&[(200, r#"{"access_token":"t1"}"#)]));
    let (address, mut calls) = engine.block_on(grpc_server("0"));
    let mut call = engine.call(call_with(address, by_browser(tokens)));
    let (url, redirect) = engine.block_on(async {
        let url = address_of(&mut call).await;
        assert!(url.starts_with("https://login.example.com/authorize?x=y&response_type=code&client_id=me&"), "{url}");
        let redirect = parameter(&url, "redirect_uri");
        assert!(redirect.starts_with("http://127.0.0.1:") && redirect.ends_with("/callback"), "{redirect}");
        // What does not come from the login is told so, and does not end it.
        let (status, page) = soon(get(&format!("{redirect}?code=evil&state=%3Cb%3E"))).await;
        assert!(status.contains("400") && !page.contains("<b>"), "{status} {page}");
        let (status, _) = soon(get(&redirect.replace("/callback", "/favicon.ico"))).await;
        assert!(status.contains("404"), "{status}");
        let (status, page) = soon(get(&format!("{redirect}?code=c%201&state={}", parameter(&url, "state")))).await;
        assert!(status.contains("200") && page.contains("You can close this window"), "{status} {page}");
        (url, redirect)
    });
    let (_, outcome) = engine.block_on(super::server::all(&mut call));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    assert_eq!(engine.block_on(soon(calls.recv())).unwrap(), "Bearer t1");
    let (authorization, form) = asked.lock().unwrap()[0].clone();
    assert_eq!(authorization, "");
    let form = format!("?{form}");
    assert_eq!(parameter(&form, "grant_type"), "authorization_code");
    assert_eq!(parameter(&form, "code"), "c 1");
    assert_eq!(parameter(&form, "redirect_uri"), redirect);
    assert_eq!(parameter(&form, "client_id"), "me");
    let verifier = parameter(&form, "code_verifier");
    assert_eq!(URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())), parameter(&url, "code_challenge"));
    assert_eq!(parameter(&url, "code_challenge_method"), "S256");
    assert_eq!((parameter(&url, "scope").as_str(), parameter(&url, "prompt").as_str()), ("a b", "login"));
}

#[test]
fn a_login_that_is_denied_or_cancelled() {
    let engine = engine();
    let (tokens, _asked) = engine.block_on(token_server(&[(200, "{}")]));
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let mut call = engine.call(call_with(address, by_browser(tokens)));
    engine.block_on(async {
        let url = address_of(&mut call).await;
        let (redirect, state) = (parameter(&url, "redirect_uri"), parameter(&url, "state"));
        let denied = format!("{redirect}?error=access_denied&error_description=%3Cb%3Eno%3C/b%3E&state={state}");
        let (_, page) = soon(get(&denied)).await;
        assert!(page.contains("access_denied &lt;b&gt;no&lt;/b&gt;"), "{page}");
    });
    let (_, outcome) = engine.block_on(super::server::all(&mut call));
    let CredentialsFailure::Refused { error, detail, .. } = failure(outcome) else { panic!() };
    assert_eq!((error.as_str(), detail.as_str()), ("access_denied", "<b>no</b>"));

    let mut call = engine.call(call_with(address, by_browser(tokens)));
    let redirect = parameter(&engine.block_on(address_of(&mut call)), "redirect_uri");
    call.cancel();
    let (_, outcome) = engine.block_on(super::server::all(&mut call));
    assert_eq!(outcome.ended_by, EndedBy::Cancel);
    let host = redirect.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    engine.block_on(soon(async {
        while TcpStream::connect(&host).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }));
}

#[test]
fn the_browser_comes_back_to_the_port_that_was_typed() {
    let engine = engine();
    let (tokens, asked) = engine.block_on(token_server(&[(200, r#"{"access_token":"t1"}"#)]));
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (_, outcome) = run(&engine, call_with(address, by_browser_on(port, tokens)));
    assert!(outcome.status.message.contains(&format!("port {port} of this machine")), "{outcome:?}");
    assert_eq!(failure(outcome), CredentialsFailure::PortTaken { port: port.to_string() });
    assert!(asked.lock().unwrap().is_empty());

    drop(taken);
    let address_typed = format!("http://127.0.0.1:{port}/callback");
    // Again and again: the port of one login is free for the next.
    for _ in 0..3 {
        let credentials = by_browser_on(port, tokens);
        engine.forget_token(&credentials);
        let mut call = engine.call(call_with(address, credentials));
        engine.block_on(async {
            let url = address_of(&mut call).await;
            assert_eq!(parameter(&url, "redirect_uri"), address_typed);
            let (status, _) = soon(get(&format!("{address_typed}?code=c&state={}", parameter(&url, "state")))).await;
            assert!(status.contains("200"), "{status}");
        });
        let (_, outcome) = engine.block_on(super::server::all(&mut call));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
    }
    assert_eq!(parameter(&format!("?{}", asked.lock().unwrap()[2].1), "redirect_uri"), address_typed);
}

#[test]
fn a_token_is_fetched_without_a_call() {
    let engine = engine();
    let (tokens, _asked) = engine.block_on(token_server(&[(200, r#"{"access_token":"t1"}"#)]));
    let credentials = Credentials::OAuth2(oauth(tokens));
    let mut job = engine.fetch_token(call_with(tokens, credentials.clone()).access);
    let answer = engine.block_on(soon(async {
        loop {
            if let Some(answer) = job.try_next() {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    }));
    assert_eq!(answer.unwrap(), Ok(()));
    assert!(matches!(job.try_step(), Some(Step::FetchingToken { .. })));
    let TokenState::Held(token) = engine.token_state(&credentials) else { panic!() };
    assert_eq!((token.value.reveal(), token.until), ("t1", None));
}

#[cfg(unix)]
fn command(line: &str, agreed: bool) -> Credentials {
    Credentials::Command(CommandSpec {
        typed: "as typed".to_owned(),
        line: Secret::new(line),
        timeout: Duration::from_secs(10),
        entry: bearer(),
        agreed,
    })
}

#[cfg(unix)]
#[test]
fn commands_run_only_when_the_user_has_agreed() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ran");
    let (address, mut calls) = engine.block_on(grpc_server("0"));
    let line = format!("echo x >> '{}'; printf ' t%s \\n' 1 | cat", file.display());
    let (_, outcome) = run(&engine, call_with(address, command(&line, false)));
    assert_eq!(failure(outcome), CredentialsFailure::NotAgreed { command: "as typed".to_owned() });
    assert!(!file.exists());
    for _ in 0..2 {
        let (_, outcome) = run(&engine, call_with(address, command(&line, true)));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
        assert_eq!(engine.block_on(soon(calls.recv())).unwrap(), "Bearer t1");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "x\n", "the token is kept");
}

#[cfg(unix)]
#[test]
fn commands_that_print_no_token() {
    let engine = engine();
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let check = |line: &str, expected: &str| {
        let (_, outcome) = run(&engine, call_with(address, command(line, true)));
        let CredentialsFailure::Command { command, detail } = failure(outcome) else { panic!("{line}") };
        assert_eq!((command.as_str(), detail.as_str()), ("as typed", expected), "{line}");
    };
    check("echo no such account >&2; exit 3", "exit code 3: no such account");
    check("exit 1", "exit code 1");
    check("true", "it printed nothing");
    check("echo a; echo b", "it printed more than one line");
    check("head -c 100000 /dev/zero | tr '\\0' a", "it prints more than a token");
    check("printf '\\377'", "it prints bytes that are no text");
    let Credentials::Command(mut slow) = command("sleep 100", true) else { panic!() };
    slow.timeout = Duration::from_millis(50);
    let (_, outcome) = run(&engine, call_with(address, Credentials::Command(slow)));
    let CredentialsFailure::Command { detail, .. } = failure(outcome) else { panic!() };
    assert_eq!(detail, "it did not end within its timeout of 50ms");
}

#[test]
fn jwts_are_signed_and_sent_under_their_name() {
    let engine = engine();
    let (address, mut calls) = engine.block_on(grpc_server("0"));
    let jwt = |prefix: &str| {
        Credentials::Jwt(JwtSpec {
            algorithm: JwtAlgorithm::Hs256,
            key: SigningKey::Text(Secret::new("k")),
            header: "{}".to_owned(),
            claims: Secret::new(r#"{"sub":"me"}"#),
            lifetime: None,
            entry: Entry { name: "authorization".to_owned(), prefix: prefix.to_owned() },
        })
    };
    for (prefix, expected) in [("JWT", "JWT eyJ"), ("", "eyJ")] {
        let (events, outcome) = run(&engine, call_with(address, jwt(prefix)));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
        assert_eq!(steps(&events), [&Step::Token { source: "JWT HS256".to_owned(), reused: false }]);
        let sent = engine.block_on(soon(calls.recv())).unwrap();
        assert!(sent.starts_with(expected), "{sent}");
    }
    assert_eq!(engine.token_state(&jwt("")), TokenState::Missing, "without an end it is signed for each call");
}

#[test]
fn nothing_prints_a_secret() {
    let secrets = ["s:1", "t1", "hidden"];
    let engine: Engine = engine();
    let (tokens, _asked) = engine.block_on(token_server(&[(200, r#"{"access_token":"t1","refresh_token":"hidden"}"#)]));
    let (address, _calls) = engine.block_on(grpc_server("0"));
    let spec = call_with(address, Credentials::OAuth2(oauth(tokens)));
    let (events, outcome) = run(&engine, spec.clone());
    // The headers that went out are masked where they are shown.
    let told = events.iter().filter(|event| !matches!(event.what, Happened::Requested { .. }));
    let state = engine.token_state(spec.access.credentials.as_ref().unwrap());
    let printed = format!("{spec:?} {outcome:?} {engine:?} {state:?} {:?}", told.collect::<Vec<_>>());
    for secret in secrets {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
