//! A call from its first step to its status, as rows with times: what the Timeline pane draws, and the same as text.
//! However many messages there were, the rows are few: the first messages, the last ones, and how many lie between.
//!
//! Must not know: UI. The text is English, as all output that is copied into reports or read by scripts.

mod words;

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

pub use self::words::day;
use super::{EntryKind, Log};
use crate::engine::{Happened, Outcome, Peer, Status, Step};
use crate::request::MetadataEntry;

/// Messages told from the beginning of a call.
const FIRST: usize = 100;
/// Messages told from its end, where there are more.
const LAST: usize = 20;

/// Something that happened, and how long it took.
#[derive(Clone, Debug)]
pub struct TimelineRow<'a> {
    /// When it was done, since the start of the call.
    pub at: Duration,
    /// When it began, where that is known: the row has a length then.
    pub from: Option<Duration>,
    /// What.
    pub what: Moment<'a>,
    /// As [`Log::secret_names`]: their values are masked in the text of the row.
    pub secret_names: &'a [String],
}

/// What a row of the timeline tells.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// Connecting began.
    Connecting,
    /// A step on the way to the connection.
    Step(&'a Step),
    /// The connection stands.
    Connected(&'a Peer),
    /// The request's headers went out.
    Requested {
        /// The HTTP/2 stream; 0 where HTTP/1.1 is spoken.
        stream: u32,
        /// All of them.
        headers: &'a [MetadataEntry],
    },
    /// A message.
    Message {
        /// Number of its row in the log.
        number: u64,
        /// Sent rather than received.
        sent: bool,
        /// Its bytes, not compressed.
        size: u64,
        /// Its bytes on the wire, where it was compressed.
        compressed: Option<u32>,
    },
    /// Messages that are not told one by one.
    More {
        /// How many rows of the log.
        count: u64,
    },
    /// The sending half was closed.
    SendingEnded,
    /// Response headers.
    Headers(&'a [MetadataEntry]),
    /// An attempt failed and another follows.
    Retrying {
        /// Which attempt failed, from 1.
        attempt: u32,
        /// How.
        status: &'a Status,
        /// How long the next one waits.
        wait: Duration,
    },
    /// The end: trailers and status.
    Finished(&'a Outcome),
}

impl Log {
    /// What happened, in order.
    #[must_use]
    pub fn timeline(&self) -> Vec<TimelineRow<'_>> {
        let secret_names = self.secret_names.as_slice();
        let mut rows: Vec<TimelineRow<'_>> = Vec::new();
        let mut put = |at, what| rows.push(TimelineRow { at, from: None, what, secret_names });
        for (at, step) in &self.steps {
            match step {
                Happened::Step(step) => put(*at, Moment::Step(step)),
                Happened::Requested { stream, headers } => put(*at, Moment::Requested { stream: *stream, headers }),
                Happened::Retrying { attempt, status, wait } => {
                    put(*at, Moment::Retrying { attempt: *attempt, status, wait: *wait });
                }
                _ => {}
            }
        }
        let mut peers = self.earlier_peers.iter().chain(&self.peer);
        for (at, kind) in &self.marks {
            let what = match kind {
                EntryKind::Connecting => Some(Moment::Connecting),
                EntryKind::Connected => peers.next().map(Moment::Connected),
                EntryKind::SendingEnded => Some(Moment::SendingEnded),
                EntryKind::Headers => self.headers.as_deref().map(Moment::Headers),
                EntryKind::Finished => self.outcome.as_ref().map(Moment::Finished),
                EntryKind::Sent | EntryKind::Received => None,
            };
            if let Some(what) = what {
                put(*at, what);
            }
        }
        self.messages(&mut put);
        // Sorting is stable: what shares a time stays in the order of the protocol.
        rows.sort_by_key(|row| (row.at, row.what.rank()));
        lengths(&mut rows);
        rows
    }

    fn messages<'a>(&'a self, put: &mut impl FnMut(Duration, Moment<'a>)) {
        let whole = self.len() <= FIRST + LAST;
        let first = if whole { self.len() } else { FIRST };
        let last = if whole { self.len() } else { self.len() - LAST };
        let more = self.dropped() + (last - first) as u64;
        // Where the gap is: rows that were dropped are the oldest of all.
        let gap = if self.dropped() > 0 { 0 } else { first };
        let told = (more > 0).then(|| {
            let at = self.entry(gap).map_or(self.elapsed, |entry| entry.at);
            (at, Moment::More { count: more })
        });
        self.put_messages(0..gap, put);
        if let Some((at, what)) = told {
            put(at, what);
        }
        self.put_messages(gap..first, put);
        self.put_messages(last..self.len(), put);
    }

    fn put_messages<'a>(&'a self, rows: Range<usize>, put: &mut impl FnMut(Duration, Moment<'a>)) {
        for entry in rows.filter_map(|index| self.entry(index)) {
            if entry.kind.is_message() {
                let (number, size) = (entry.number, entry.bytes.len() as u64);
                let sent = entry.kind == EntryKind::Sent;
                put(entry.at, Moment::Message { number, sent, size, compressed: entry.compressed });
            }
        }
    }

    /// The timeline as text, one line for each row with its details below, and the totals at the end. Secrets are
    /// masked.
    #[must_use]
    pub fn timeline_text(&self) -> String {
        let mut out = String::new();
        for row in self.timeline() {
            // Writing to a string cannot fail.
            let _written = writeln!(out, "{row}");
        }
        out + &self.totals_text()
    }

    /// The timeline as text under the name of the method and the time of the start: to be read on its own.
    #[must_use]
    pub fn timeline_report(&self) -> String {
        let method = format!("{}/{}", self.method.parent_service().full_name(), self.method.name());
        let started = jiff::Timestamp::try_from(self.started).unwrap_or_default();
        format!("{method}, started {}\n{}", started.strftime("%Y-%m-%d %H:%M:%S%.3f UTC"), self.timeline_text())
    }

    /// Messages and bytes each way, as one line of the timeline's text.
    #[must_use]
    pub fn totals_text(&self) -> String {
        let way = |verb: &str, messages: u64, bytes: u64, wire: u64| {
            let noun = if messages == 1 { "message" } else { "messages" };
            let wire = if wire == bytes { String::new() } else { format!(" ({wire} on the wire)") };
            format!("{verb} {messages} {noun}, {bytes} bytes{wire}")
        };
        format!(
            "{}; {}\n",
            way("sent", self.sent, self.sent_bytes, self.sent_wire),
            way("received", self.received, self.received_bytes, self.received_wire)
        )
    }
}

impl Moment<'_> {
    /// The order of what has the same time.
    const fn rank(&self) -> u8 {
        match self {
            Self::Connecting => 0,
            Self::Step(_) => 1,
            Self::Connected(_) => 2,
            Self::Retrying { .. } => 3,
            Self::Requested { .. } => 4,
            Self::Headers(_) => 5,
            Self::More { .. } | Self::Message { .. } => 6,
            Self::SendingEnded => 7,
            Self::Finished(_) => 8,
        }
    }
}

/// Gives each row that ends something the time when that began.
fn lengths(rows: &mut [TimelineRow<'_>]) {
    for index in 0..rows.len() {
        let before = &rows[..index];
        let last = |wanted: &dyn Fn(&Moment<'_>) -> bool| before.iter().rev().find(|row| wanted(&row.what));
        let from = match &rows[index].what {
            Moment::Step(Step::LookedUp { .. }) => Some(
                last(&|what| matches!(what, Moment::Connecting | Moment::Retrying { .. }))
                    .map_or(Duration::ZERO, |row| row.at),
            ),
            Moment::Step(Step::Failed { address, .. } | Step::SocketConnected { address }) => {
                last(&|what| matches!(what, Moment::Step(Step::Trying { address: tried }) if tried == address))
                    .map(|row| row.at)
            }
            Moment::Step(Step::Tunnelled { .. } | Step::Secured { .. } | Step::Settings { .. }) => last(&|what| {
                let stood = |step: &&Step| {
                    matches!(step, Step::SocketConnected { .. } | Step::Tunnelled { .. } | Step::Secured { .. })
                };
                matches!(what, Moment::Step(step) if stood(step))
            })
            .map(|row| row.at),
            Moment::Connected(peer) if !peer.reused => {
                last(&|what| matches!(what, Moment::Connecting)).map(|row| row.at)
            }
            Moment::Headers(_) => last(&|what| matches!(what, Moment::Requested { .. })).map(|row| row.at),
            Moment::Finished(_) => Some(Duration::ZERO),
            _ => None,
        };
        rows[index].from = from;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! A log with everything that can be in a timeline.

    use std::sync::Arc;
    use std::time::SystemTime;

    use bytes::Bytes;
    use expect_test::expect;

    use super::*;
    use crate::engine::{CallEvent, Certificate, EndedBy, Payload, TlsSession};
    use crate::request::MetadataValue;
    use crate::request::tests::{PROTO, method};

    fn text(name: &str, value: &str) -> MetadataEntry {
        (name.to_owned(), MetadataValue::Text(value.to_owned()))
    }

    /// A call over TLS whose first address is dead and whose first attempt fails.
    pub(crate) fn full() -> Log {
        let mut log = Log::new(method(PROTO, "Bidi"), SystemTime::UNIX_EPOCH, 1 << 20);
        let tls = TlsSession {
            version: "TLSv1.3".into(),
            cipher: "TLS_AES_128_GCM_SHA256".into(),
            alpn: "h2".into(),
            chain: vec![Certificate {
                subject: "CN=api".into(),
                issuer: "CN=Root".into(),
                names: vec!["api.test".into()],
                not_before: 1_700_000_000,
                not_after: 1_800_000_000,
                serial: "01".into(),
                fingerprint: "ab".into(),
            }],
            unverified: false,
            doubt: None,
            key_log: false,
        };
        let [dead, good] = ["[::1]:443", "127.0.0.1:443"].map(str::to_owned);
        let peer = Peer {
            address: good.clone(),
            local: Some("127.0.0.1:5".into()),
            via: Some("proxy:3128".into()),
            tls: Some(Arc::new(tls)),
            reused: false,
        };
        let requested = |stream| Happened::Requested { stream, headers: vec![text("authorization", "Bearer abc")] };
        let status = |code, message: &str| Status { code, message: message.to_owned(), details: Bytes::new() };
        let sent = |compressed| Happened::Sent(Payload { message: Bytes::from_static(&[10, 1, 65]), compressed });
        let events = [
            Happened::Connecting { address: "api.test:443".into() },
            Happened::Step(Step::LookedUp { host: "api.test".into(), addresses: vec![dead.clone(), good.clone()] }),
            Happened::Step(Step::Trying { address: dead.clone() }),
            Happened::Step(Step::Trying { address: good.clone() }),
            Happened::Step(Step::Failed { address: dead, reason: "connection refused".into() }),
            Happened::Step(Step::SocketConnected { address: good }),
            Happened::Step(Step::Tunnelled { proxy: "proxy:3128".into() }),
            Happened::Step(Step::Secured { version: "TLSv1.3".into() }),
            Happened::Step(Step::Settings { max_streams: Some(100) }),
            Happened::Connected(Box::new(peer)),
            requested(1),
            Happened::Retrying {
                attempt: 1,
                status: Box::new(status(14, "try later")),
                wait: Duration::from_millis(5),
            },
            requested(3),
            sent(None),
            sent(Some(2)),
            Happened::SendingEnded,
            Happened::Headers(vec![text("server", "t")]),
            Happened::Received(Payload::plain(Bytes::from_static(b"\x0a\x01B"))),
            Happened::Finished(Box::new(Outcome {
                status: status(5, "no such thing"),
                trailers: vec![("id-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(&[1, 255])))],
                ended_by: EndedBy::Server,
                cause: None,
            })),
        ];
        for (index, what) in events.into_iter().enumerate() {
            log.push(CallEvent { at: Duration::from_millis(index as u64), what });
        }
        log
    }

    #[test]
    fn everything_is_told_in_order() {
        expect![[r"
                0.000 ms  connecting
                1.000 ms  looked up api.test: [::1]:443, 127.0.0.1:443 [1.000 ms]
                2.000 ms  trying [::1]:443
                3.000 ms  trying 127.0.0.1:443
                4.000 ms  [::1]:443 failed: connection refused [2.000 ms]
                5.000 ms  socket to 127.0.0.1:443 stands [2.000 ms]
                6.000 ms  proxy proxy:3128 leads on [1.000 ms]
                7.000 ms  TLSv1.3 stands [1.000 ms]
                8.000 ms  HTTP/2 settings received, at most 100 streams [1.000 ms]
                9.000 ms  connected to 127.0.0.1:443 through proxy:3128 from 127.0.0.1:5, TLSv1.3, TLS_AES_128_GCM_SHA256, ALPN h2 [9.000 ms]
                            certificate CN=api, issued by CN=Root, for api.test, 2023-11-14 to 2027-01-15
               10.000 ms  request headers sent on stream 1
                            authorization: Bearer ••••••
               11.000 ms  attempt 1 failed with UNAVAILABLE, the next one in 5.000 ms: try later
               12.000 ms  request headers sent on stream 3
                            authorization: Bearer ••••••
               13.000 ms  message sent, 3 bytes
               14.000 ms  message sent, 3 bytes (2 on the wire)
               15.000 ms  end of stream sent
               16.000 ms  response headers [4.000 ms]
                            server: t
               17.000 ms  message received, 3 bytes
               18.000 ms  status 5 NOT_FOUND: no such thing
                            id-bin: 01ff
            sent 2 messages, 6 bytes (5 on the wire); received 1 message, 3 bytes
        "]]
        .assert_eq(&full().timeline_text());
    }

    #[test]
    fn a_report_says_what_it_is_of() {
        let report = full().timeline_report();
        assert_eq!(report.lines().next(), Some("t.v1.Tests/Bidi, started 1970-01-01 00:00:00.000 UTC"));
    }

    #[test]
    fn what_was_not_verified_is_told() {
        let mut log = full();
        let Some(peer) = &mut log.peer else { panic!("no peer") };
        let doubt = Some(crate::engine::Cause::Refused { address: "a:1".into() });
        let tls = TlsSession { unverified: true, doubt, key_log: true, ..(**peer.tls.as_ref().unwrap()).clone() };
        peer.tls = Some(Arc::new(tls));
        let text = log.timeline_text();
        assert!(text.contains(", not verified (verification would have failed: "), "{text}");
        assert!(text.contains("secrets written to the SSLKEYLOGFILE"), "{text}");
    }

    #[test]
    fn the_last_request_is_kept() {
        assert_eq!(full().request().map(|(stream, headers)| (stream, headers.len())), Some((3, 1)));
    }

    #[test]
    fn many_messages_are_few_rows() {
        let mut log = Log::new(method(PROTO, "Bidi"), SystemTime::UNIX_EPOCH, 1 << 20);
        let push = |log: &mut Log, at, what| log.push(CallEvent { at: Duration::from_nanos(at), what });
        for at in 0..100_000 {
            push(&mut log, at, Happened::Received(Payload::plain(Bytes::from_static(&[10, 1, 65]))));
        }
        push(&mut log, 100_000, Happened::SendingEnded);
        let rows = log.timeline();
        assert!(log.dropped() > 0);
        assert_eq!(rows.len(), FIRST + LAST + 1);
        let more: Vec<u64> = rows
            .iter()
            .filter_map(|row| if let Moment::More { count } = row.what { Some(count) } else { None })
            .collect();
        assert_eq!(more, [100_001 - (FIRST + LAST) as u64]);
        assert!(matches!(rows.last().map(|row| row.what), Some(Moment::SendingEnded)));
    }

    #[test]
    fn what_is_left_out_stands_between_messages_of_the_same_time() {
        let mut log = Log::new(method(PROTO, "Bidi"), SystemTime::UNIX_EPOCH, 1 << 20);
        for _ in 0..1000 {
            let what = Happened::Received(Payload::plain(Bytes::from_static(&[10, 1, 65])));
            log.push(CallEvent { at: Duration::ZERO, what });
        }
        let rows = log.timeline();
        let gap = rows.iter().position(|row| matches!(row.what, Moment::More { count: 880 }));
        assert_eq!((gap, rows.len()), (Some(FIRST), FIRST + LAST + 1));
    }

    #[test]
    fn each_attempt_has_the_peer_of_its_own() {
        let mut log = full();
        let peer = Peer { reused: true, ..log.peer.clone().unwrap() };
        log.push(CallEvent { at: Duration::from_secs(1), what: Happened::Connected(Box::new(peer)) });
        let reused =
            |row: &TimelineRow<'_>| if let Moment::Connected(peer) = row.what { Some(peer.reused) } else { None };
        assert_eq!(log.timeline().iter().filter_map(reused).collect::<Vec<_>>(), [false, true]);
        assert!(log.peer.as_ref().is_some_and(|peer| peer.reused));
    }

    #[test]
    fn days() {
        assert_eq!(day(1_700_000_000), "2023-11-14");
        assert_eq!(day(i64::MAX), i64::MAX.to_string());
    }
}
