//! The way back from the browser: a listener on this machine that takes one answer of the authorization server
//! (RFC 8252, section 7.3).
//!
//! Must not know: tokens.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::CredentialsFailure;
use super::oauth::decoded;
use crate::request::{REDIRECT_PATH, Secret, redirect_address};

/// No head of a request is longer.
const MOST_BYTES: usize = 64 << 10;
/// Connections that are heard at a time: browsers open some ahead, and others may try their luck.
const MOST_CONNECTIONS: usize = 16;
/// How long a browser may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener for the way back.
pub(super) struct Listener {
    listener: TcpListener,
    port: u16,
}

fn failed(detail: impl Into<String>) -> CredentialsFailure {
    CredentialsFailure::Browser { detail: detail.into() }
}

/// Why nobody can listen on that port.
fn unheard(port: u16, error: &std::io::Error) -> CredentialsFailure {
    match error.kind() {
        ErrorKind::AddrInUse if port != 0 => CredentialsFailure::PortTaken { port: port.to_string() },
        ErrorKind::PermissionDenied if port != 0 => CredentialsFailure::PortRefused { port: port.to_string() },
        _ => failed(format!("cannot listen on 127.0.0.1:{port}: {error}")),
    }
}

impl Listener {
    /// On that port; 0 for any free one.
    pub(super) async fn open(port: u16) -> Result<Self, CredentialsFailure> {
        let unheard = |error| unheard(port, &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(unheard)?;
        let port = listener.local_addr().map_err(unheard)?.port();
        Ok(Self { listener, port })
    }

    /// What the server is to redirect to.
    pub(super) fn address(&self) -> String {
        redirect_address(self.port)
    }

    /// Waits for the code. Requests that do not carry our state are answered and else ignored: they are not from the
    /// login that we began.
    pub(super) async fn code(self, authorization_url: &str, state: &str) -> Result<Secret, CredentialsFailure> {
        let (sender, mut answers) = mpsc::channel(1);
        // Ends with this function, whoever is still connected.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(answer) = answers.recv() => {
                    // The page is to arrive before its connection goes.
                    let written = async { while connections.join_next().await.is_some() {} };
                    let _written = timeout(Duration::from_secs(1), written).await;
                    return judged(authorization_url, &answer);
                }
                accepted = self.listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                    let Ok((stream, _)) = accepted else { continue };
                    connections.spawn(serve(stream, state.to_owned(), sender.clone()));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// What the authorization server sent along.
type Query = Vec<(String, String)>;

fn value<'a>(query: &'a Query, name: &str) -> &'a str {
    query.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
}

fn judged(url: &str, query: &Query) -> Result<Secret, CredentialsFailure> {
    let (error, code) = (value(query, "error"), value(query, "code"));
    if !error.is_empty() {
        let (error, detail) = (error.to_owned(), value(query, "error_description").to_owned());
        return Err(CredentialsFailure::Refused { url: url.to_owned(), error, detail });
    }
    if code.is_empty() {
        return Err(failed("the server sent no code"));
    }
    Ok(Secret::new(code))
}

/// Answers one request of the browser.
async fn serve(mut stream: TcpStream, state: String, answers: mpsc::Sender<Query>) {
    let Ok(Some(target)) = timeout(PATIENCE, target(&mut stream)).await else { return };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if path != REDIRECT_PATH {
        respond(&mut stream, "404 Not Found", "Not found", "Trunkline waits for a login here, under another path.")
            .await;
        return;
    }
    let query = decoded(query);
    if value(&query, "state") != state {
        let words =
            "This answer does not belong to the login that Trunkline has begun (its state differs), so it is not used.";
        respond(&mut stream, "400 Bad Request", "Not this login", words).await;
        return;
    }
    let error = value(&query, "error");
    if error.is_empty() {
        respond(&mut stream, "200 OK", "Logged in", "You can close this window and go back to Trunkline.").await;
    } else {
        let words = format!("The server answered: {error} {}", value(&query, "error_description"));
        respond(&mut stream, "200 OK", "Not logged in", &words).await;
    }
    // Only the first answer counts.
    let _first = answers.try_send(query).is_ok();
}

/// The target of a GET; `None` for anything else.
async fn target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > MOST_BYTES || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let line = String::from_utf8_lossy(&head);
    line.lines().next()?.strip_prefix("GET ")?.split(' ').next().map(str::to_owned)
}

async fn respond(stream: &mut TcpStream, status: &str, title: &str, words: &str) {
    let (title, words) = (escaped(title), escaped(words));
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <body style=\"font:16px sans-serif;margin:4em\"><h1>{title}</h1><p>{words}</p></body></html>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nReferrer-Policy: no-referrer\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        page.len()
    );
    // A browser that is gone needs no page.
    if stream.write_all((head + &page).as_bytes()).await.is_ok() {
        let _closed = stream.shutdown().await.is_ok();
    }
}

/// Text that HTML shows as it is.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_nobody_can_listen() {
        let check = |port, kind: ErrorKind, key: &str| assert_eq!(unheard(port, &kind.into()).key(), key);
        check(80, ErrorKind::AddrInUse, "cause-token-port-taken");
        check(80, ErrorKind::PermissionDenied, "cause-token-port-refused");
        check(80, ErrorKind::OutOfMemory, "cause-token-browser");
        check(0, ErrorKind::AddrInUse, "cause-token-browser");
    }

    #[test]
    fn pages_show_text_as_it_is() {
        assert_eq!(escaped("<a b=\"c\">'&"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
    }
}
