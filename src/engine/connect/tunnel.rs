//! Asks a proxy to lead on to a target: HTTP CONNECT (RFC 9110, section 9.3.6) and SOCKS 5 (RFC 1928, RFC 1929).
//!
//! Spoken here rather than by a library, because a proxy's own words (status line, what credentials it takes, reply
//! code) are what tells a user why there is no way through.
//!
//! Must not know: how the proxy was reached or chosen.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::route::Detour;
use super::stream::Stream;
use super::{address_text, plain};
use crate::engine::Cause;
use crate::engine::tap::{Speech, recognise};
use crate::request::{Address, ProxyKind};

/// The longest answer that a proxy may give to CONNECT.
const HEAD: usize = 16 << 10;
/// Answers of the kind "wait" that are passed over.
const INTERIM: usize = 8;
/// How long the rest of what is no proxy's answer may take, and how much of it is read.
const LAST_WORDS: (Duration, u64) = (Duration::from_millis(100), 512);

const UNGREETED: &str = "it does not answer the greeting of SOCKS 5";

/// Why a proxy does not lead on.
enum Fault {
    /// It is none, or one of another kind.
    NotAProxy(String),
    Credentials(String),
    Refused(String),
    CannotReach(String),
}

/// Makes the stream to a proxy one to the target behind it.
///
/// # Errors
///
/// What the proxy has against it.
pub(super) async fn tunnel(
    stream: &mut Stream,
    detour: &Detour,
    (host, port): (&str, u16),
    deadline: Instant,
) -> Result<(), Cause> {
    // The zone of a link-local address means something on this machine only.
    let host = host.split('%').next().unwrap_or_default();
    let credentials = detour.proxy.credentials.as_ref();
    let asked = async {
        match detour.proxy.kind {
            ProxyKind::Http => connect(stream, host, port, credentials).await,
            ProxyKind::Socks5 => {
                // What it asks of the target may take long, but not the greeting.
                let method = timeout_at(deadline, greet(stream, credentials.is_some()));
                let method = method.await.unwrap_or_else(|_late| Err(Fault::NotAProxy(UNGREETED.to_owned())))?;
                log_in(stream, method, credentials).await?;
                socks(stream, host, port).await
            }
        }
    };
    let asked = timeout_at(deadline, asked).await;
    let asked = asked.unwrap_or_else(|_late| Err(Fault::CannotReach("no answer in time".to_owned())));
    let proxy = detour.to_string();
    let address = address_text(&Address::Tcp { host: host.to_owned(), port });
    asked.map_err(|fault| match fault {
        Fault::NotAProxy(detail) => Cause::NotAProxy { proxy, detail },
        Fault::Credentials(detail) => Cause::ProxyCredentials { proxy, detail },
        Fault::Refused(detail) => Cause::ProxyRefused { proxy, address, detail },
        Fault::CannotReach(detail) => Cause::ProxyCannotReach { proxy, address, detail },
    })
}

/// A user and a password.
type Credentials = (String, String);

async fn connect(stream: &mut Stream, host: &str, port: u16, credentials: Option<&Credentials>) -> Result<(), Fault> {
    let target = address_text(&Address::Tcp { host: host.to_owned(), port });
    let authorization = credentials.map_or_else(String::new, |(user, password)| {
        let token = BASE64_STANDARD.encode(format!("{user}:{password}"));
        format!("Proxy-Authorization: Basic {token}\r\n")
    });
    let agent = concat!("User-Agent: trunkline/", env!("CARGO_PKG_VERSION"));
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{agent}\r\n{authorization}\r\n");
    // One that has closed already may have said why: the reading tells.
    let _sent = stream.write_all(request.as_bytes()).await.is_ok();
    for _ in 0..INTERIM {
        let head = head(stream).await?;
        let line = head.lines().next().unwrap_or_default().trim_end();
        let status: u16 = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        let said = || format!("“{line}”");
        match status {
            100..=199 => {}
            200..=299 => return Ok(()),
            // 401 is what tinyproxy says to wrong ones.
            401 | 407 => return Err(Fault::Credentials(unauthorized(&head, line, credentials.is_some()))),
            502..=504 => return Err(Fault::CannotReach(said())),
            300..=599 => return Err(Fault::Refused(said())),
            _ => return Err(Fault::NotAProxy(format!("it sent “{line}”"))),
        }
    }
    Err(Fault::NotAProxy("it keeps saying that it will answer".to_owned()))
}

fn unauthorized(head: &str, line: &str, given: bool) -> String {
    let schemes: Vec<&str> = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authenticate"))
        .filter_map(|(_, value)| value.split_whitespace().next())
        .map(|scheme| scheme.trim_end_matches(','))
        .collect();
    if !schemes.is_empty() && !schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic")) {
        return format!("it takes {}, and only Basic is spoken here (“{line}”)", schemes.join(", "));
    }
    let what = if given { "it refused user and password" } else { "it wants user and password" };
    format!("{what} (“{line}”)")
}

/// The head of an answer; what comes after it belongs to the target.
async fn head(stream: &mut Stream) -> Result<String, Fault> {
    const START: &[u8] = b"HTTP/1.";
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        let byte = match stream.read_u8().await {
            Ok(byte) => byte,
            Err(error) => return Err(Fault::NotAProxy(silence(&head, &error))),
        };
        head.push(byte);
        if !head.starts_with(&START[..START.len().min(head.len())]) {
            return Err(Fault::NotAProxy(strange(stream, head).await));
        }
        if head.len() > HEAD {
            return Err(Fault::NotAProxy(format!("the head of its answer has more than {HEAD} bytes")));
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The method by which SOCKS wants to know who we are.
async fn greet(stream: &mut Stream, with_credentials: bool) -> Result<u8, Fault> {
    let greeting: &[u8] = if with_credentials { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    let _sent = stream.write_all(greeting).await.is_ok();
    let [version, method] = answer(stream).await?;
    if version == 5 { Ok(method) } else { Err(Fault::NotAProxy(strange(stream, vec![version, method]).await)) }
}

async fn log_in(stream: &mut Stream, method: u8, credentials: Option<&Credentials>) -> Result<(), Fault> {
    match (method, credentials) {
        (0, _) => Ok(()),
        (2, Some((user, password))) => {
            let too_long = |_| Fault::Credentials("in SOCKS user and password may have 255 bytes each".to_owned());
            let mut login = vec![1];
            for text in [user, password] {
                login.push(u8::try_from(text.len()).map_err(too_long)?);
                login.extend(text.as_bytes());
            }
            let _sent = stream.write_all(&login).await.is_ok();
            let [_version, status] = answer(stream).await?;
            if status == 0 { Ok(()) } else { Err(Fault::Credentials("it refused user and password".to_owned())) }
        }
        (0xff, None) => Err(Fault::Credentials("it takes nobody without user and password".to_owned())),
        (0xff, Some(_)) => Err(Fault::Credentials("it takes no user and password".to_owned())),
        (other, _) => Err(Fault::NotAProxy(format!("it wants the method {other} of SOCKS, which is unknown"))),
    }
}

async fn socks(stream: &mut Stream, host: &str, port: u16) -> Result<(), Fault> {
    let mut request = vec![5, 1, 0];
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_name) => {
            let too_long = |_| Fault::CannotReach("in SOCKS a name may have 255 bytes".to_owned());
            request.push(3);
            request.push(u8::try_from(host.len()).map_err(too_long)?);
            request.extend(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    let _sent = stream.write_all(&request).await.is_ok();
    let [_version, reply, _reserved, kind] = answer(stream).await?;
    match reply {
        0 => {}
        1 => return Err(Fault::CannotReach("general failure".to_owned())),
        2 => return Err(Fault::Refused("its rules do not allow it".to_owned())),
        3 => return Err(Fault::CannotReach("network unreachable".to_owned())),
        4 => return Err(Fault::CannotReach("host unreachable".to_owned())),
        5 => return Err(Fault::CannotReach("connection refused".to_owned())),
        6 => return Err(Fault::CannotReach("no answer in time".to_owned())),
        7 => return Err(Fault::Refused("it does not connect to others".to_owned())),
        8 => return Err(Fault::Refused("it does not know this kind of address".to_owned())),
        other => return Err(Fault::Refused(format!("it answered {other}"))),
    }
    // Where it connected from; what comes after that belongs to the target.
    let rest = match kind {
        1 => 4,
        4 => 16,
        3 => {
            let [length] = answer(stream).await?;
            usize::from(length)
        }
        other => return Err(Fault::NotAProxy(format!("it answered with the unknown kind of address {other}"))),
    };
    let mut bound = vec![0; rest + 2];
    stream.read_exact(&mut bound).await.map_err(|error| Fault::NotAProxy(silence(&[], &error)))?;
    Ok(())
}

/// As many bytes of a proxy's answer.
async fn answer<const N: usize>(stream: &mut Stream) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    match stream.read_exact(&mut bytes).await {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Fault::NotAProxy(silence(&[], &error))),
    }
}

/// What to say of one that ended in the middle.
fn silence(head: &[u8], error: &io::Error) -> String {
    match (error.kind(), head) {
        (io::ErrorKind::UnexpectedEof, []) => "it closed the connection without a word".to_owned(),
        (io::ErrorKind::UnexpectedEof, _) => "it closed the connection in the middle of its answer".to_owned(),
        _ => plain(error),
    }
}

/// What to say of one that answers in another tongue.
async fn strange(stream: &mut Stream, mut first: Vec<u8>) -> String {
    let (limit, length) = LAST_WORDS;
    // What it does not say soon is not needed.
    let _ended = timeout(limit, stream.take(length).read_to_end(&mut first)).await.is_ok();
    match recognise(&first) {
        Speech::Tls => "it speaks TLS".to_owned(),
        Speech::Http2 => "it speaks HTTP/2 at once, as a gRPC server does".to_owned(),
        Speech::Http1(line) | Speech::Other(line) => format!("it sent “{line}”"),
        Speech::Nothing => "it sent nothing".to_owned(),
    }
}
