//! Comes to a socket: looks names up, and races the addresses of a name (RFC 8305, "happy eyeballs").
//!
//! Must not know: proxies, TLS, what is spoken.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::stream::{End, Socket};
use super::{Steps, Surroundings, plain};
use crate::engine::{Cause, Step};

/// How long one address may be silent before the next is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);

const LATE: &str = "no answer in time";

/// Why no address gave a socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreached {
    /// Nobody listens there.
    Refused,
    /// The system's words.
    Failed(String),
    /// No answer within the time.
    Late,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("connection refused"),
            Self::Failed(detail) => f.write_str(detail),
            Self::Late => f.write_str(LATE),
        }
    }
}

/// The addresses of a host in the order in which they are tried: the families take turns, the system's favourite first.
///
/// # Errors
///
/// When the name has none, or the look-up fails.
pub(super) async fn look_up(
    host: &str,
    port: u16,
    deadline: Instant,
    around: Surroundings<'_>,
    steps: Steps<'_>,
) -> Result<VecDeque<End>, Cause> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(VecDeque::from([End::Tcp(SocketAddr::new(address, port))]));
    }
    let found = match timeout_at(deadline, (around.look_up)(host.to_owned(), port)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) if is_unknown(&error) => return Err(Cause::NameNotFound { host: host.to_owned() }),
        Ok(Err(error)) => return Err(Cause::NameLookUp { host: host.to_owned(), detail: plain(&error) }),
        Err(_late) => {
            return Err(Cause::NameLookUp { host: host.to_owned(), detail: LATE.to_owned() });
        }
    };
    if found.is_empty() {
        return Err(Cause::NameNotFound { host: host.to_owned() });
    }
    let ordered = interleaved(found);
    let addresses = ordered.iter().map(|address| address.ip().to_string()).collect();
    steps.tell(Step::LookedUp { host: host.to_owned(), addresses }).await;
    Ok(ordered.into_iter().map(End::Tcp).collect())
}

/// Whether the name is unknown, rather than nobody there to ask. The number of the error is lost on the way.
fn is_unknown(error: &io::Error) -> bool {
    let text = error.to_string();
    !["emporary failure", "try again", "ystem error"].iter().any(|word| text.contains(word))
}

fn interleaved(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let v6_first = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = found.into_iter().partition(|address| address.is_ipv6() == v6_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return ordered;
        }
        for address in pair.into_iter().flatten() {
            // The system names one for each kind of socket that it can have.
            if !ordered.contains(&address) {
                ordered.push(address);
            }
        }
    }
}

/// The first socket that stands. The next address is tried when one fails, or is silent for a while; what was not
/// tried to its end stays in `ends`.
///
/// # Errors
///
/// The most telling of the failures.
pub(super) async fn race(ends: &mut VecDeque<End>, deadline: Instant, steps: Steps<'_>) -> Result<Socket, Unreached> {
    let mut running = FuturesUnordered::new();
    let mut tried: Vec<End> = Vec::new();
    let mut failure = Unreached::Late;
    loop {
        if let Some(end) = ends.pop_front() {
            steps.tell(Step::Trying { address: end.to_string() }).await;
            tried.push(end.clone());
            running.push(async move {
                let socket = end.connect().await;
                (end, socket)
            });
        }
        tokio::select! {
            biased;
            answer = running.next() => match answer {
                None => return Err(failure),
                Some((_end, Ok(socket))) => {
                    steps.tell(Step::SocketConnected { address: socket.end.to_string() }).await;
                    tried.retain(|end| *end != socket.end);
                    ends.extend(tried);
                    return Ok(socket);
                }
                Some((end, Err(error))) => {
                    steps.tell(Step::Failed { address: end.to_string(), reason: plain(&error) }).await;
                    tried.retain(|other| *other != end);
                    failure = more_telling(failure, meaning(&end, &error));
                }
            },
            () = sleep(STAGGER), if !ends.is_empty() => {}
            () = sleep_until(deadline) => {
                for end in tried {
                    steps.tell(Step::Failed { address: end.to_string(), reason: LATE.to_owned() }).await;
                }
                return Err(failure);
            }
        }
    }
}

fn meaning(end: &End, error: &io::Error) -> Unreached {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Unreached::Refused,
        io::ErrorKind::NotFound if !matches!(end, End::Tcp(_)) => Unreached::Refused,
        io::ErrorKind::TimedOut => Unreached::Late,
        _ => Unreached::Failed(plain(error)),
    }
}

/// Of several the refusal says most: somebody was there to refuse.
fn more_telling(one: Unreached, other: Unreached) -> Unreached {
    match (&one, &other) {
        (Unreached::Refused, _) | (Unreached::Failed(_), Unreached::Late) => one,
        _ => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let check = |found: &[&str], expected: &[&str]| {
            let found = found.iter().map(|address| address.parse().unwrap()).collect();
            let ordered: Vec<String> = interleaved(found).iter().map(ToString::to_string).collect();
            assert_eq!(ordered, expected);
        };
        check(&["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1"], &["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1"]);
        check(&["1.1.1.1:1", "2.2.2.2:1", "[::1]:1"], &["1.1.1.1:1", "[::1]:1", "2.2.2.2:1"]);
        check(&["1.1.1.1:1", "1.1.1.1:1"], &["1.1.1.1:1"]);
        check(&[], &[]);
    }
}
