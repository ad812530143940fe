//! A row of the timeline as a line of text, with its headers or certificates below it. Secrets are masked.
//!
//! Must not know: UI. The text is English, as all output that is copied into reports or read by scripts.

use std::fmt;
use std::time::Duration;

use super::{Moment, TimelineRow};
use crate::engine::{Peer, Status, Step, code_name};
use crate::request::{MetadataEntry, MetadataValue, shown_entry};

impl fmt::Display for TimelineRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12}  {}", millis(self.at), Words(&self.what))?;
        if let Some(from) = self.from.filter(|_| !matches!(self.what, Moment::Finished(_))) {
            write!(f, " [{}]", millis(self.at.saturating_sub(from)))?;
        }
        match &self.what {
            Moment::Requested { headers, .. } | Moment::Headers(headers) => entries(f, headers, self.secret_names),
            Moment::Connected(peer) => certificates(f, peer),
            Moment::Finished(outcome) => entries(f, &outcome.trailers, self.secret_names),
            _ => Ok(()),
        }
    }
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

/// What happened, without its time.
struct Words<'a>(&'a Moment<'a>);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Moment::Connecting => f.write_str("connecting"),
            Moment::Step(step) => self::step(f, step),
            Moment::Connected(Peer { address, local, via, tls, reused }) => {
                write!(f, "{} {address}", if *reused { "connection reused:" } else { "connected to" })?;
                if let Some(via) = via {
                    write!(f, " through {via}")?;
                }
                if let Some(local) = local {
                    write!(f, " from {local}")?;
                }
                match tls {
                    None => f.write_str(", plaintext"),
                    Some(tls) => {
                        let alpn = if tls.alpn.is_empty() { "none" } else { &tls.alpn };
                        write!(f, ", {}, {}, ALPN {alpn}", tls.version, tls.cipher)?;
                        if tls.unverified {
                            f.write_str(", not verified")?;
                        }
                        if let Some(doubt) = &tls.doubt {
                            write!(f, " (verification would have failed: {doubt})")?;
                        }
                        if tls.key_log { f.write_str(", secrets written to the SSLKEYLOGFILE") } else { Ok(()) }
                    }
                }
            }
            Moment::Requested { stream: 0, .. } => f.write_str("request headers sent over HTTP/1.1"),
            Moment::Requested { stream, .. } => write!(f, "request headers sent on stream {stream}"),
            Moment::Message { sent, size, compressed, .. } => {
                write!(f, "message {}, {size} bytes", if *sent { "sent" } else { "received" })?;
                compressed.map_or(Ok(()), |wire| write!(f, " ({wire} on the wire)"))
            }
            Moment::More { count } => write!(f, "{count} more rows"),
            Moment::SendingEnded => f.write_str("end of stream sent"),
            Moment::Headers(_) => f.write_str("response headers"),
            Moment::Retrying { attempt, status, wait } => {
                write!(f, "attempt {attempt} failed with {}, ", code_name(status.code))?;
                write!(f, "the next one in {}: {}", millis(*wait), status.message)
            }
            Moment::Finished(outcome) => {
                let Status { code, message, .. } = &outcome.status;
                write!(f, "status {code} {}", code_name(*code))?;
                if message.is_empty() { Ok(()) } else { write!(f, ": {message}") }
            }
        }
    }
}

fn step(f: &mut fmt::Formatter<'_>, step: &Step) -> fmt::Result {
    match step {
        Step::LookedUp { host, addresses } => write!(f, "looked up {host}: {}", addresses.join(", ")),
        Step::Trying { address } => write!(f, "trying {address}"),
        Step::Failed { address, reason } => write!(f, "{address} failed: {reason}"),
        Step::SocketConnected { address } => write!(f, "socket to {address} stands"),
        Step::Tunnelled { proxy } => write!(f, "proxy {proxy} leads on"),
        Step::Secured { version } => write!(f, "{version} stands"),
        Step::FetchingToken { source } => write!(f, "fetching a token: {source}"),
        Step::Browser { url: _ } => f.write_str("waiting for a login in the browser"),
        Step::Token { source, reused: true } => write!(f, "token kept from an earlier call: {source}"),
        Step::Token { source, reused: false } => write!(f, "token: {source}"),
        Step::Settings { max_streams: None } => f.write_str("HTTP/2 settings received"),
        Step::Settings { max_streams: Some(most) } => write!(f, "HTTP/2 settings received, at most {most} streams"),
    }
}

/// Below the line of a row, under its words.
const INDENT: &str = "\n                ";

fn entries(f: &mut fmt::Formatter<'_>, entries: &[MetadataEntry], secret_names: &[String]) -> fmt::Result {
    for entry in entries {
        let (name, value) = shown_entry(entry, secret_names);
        write!(f, "{INDENT}{name}: ")?;
        match value {
            MetadataValue::Text(text) => f.write_str(&text)?,
            MetadataValue::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?,
        }
    }
    Ok(())
}

fn certificates(f: &mut fmt::Formatter<'_>, peer: &Peer) -> fmt::Result {
    let chain = peer.tls.iter().filter(|_| !peer.reused).flat_map(|tls| &tls.chain);
    for certificate in chain {
        write!(f, "{INDENT}certificate {}, issued by {}", certificate.subject, certificate.issuer)?;
        if !certificate.names.is_empty() {
            write!(f, ", for {}", certificate.names.join(", "))?;
        }
        write!(f, ", {} to {}", day(certificate.not_before), day(certificate.not_after))?;
    }
    Ok(())
}

/// A time in seconds since 1970 as a day, `2026-11-21`.
#[must_use]
pub fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_beyond| seconds.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
}
