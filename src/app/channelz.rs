//! What a server tells of its own channels: `grpc.channelz.v1`, its servers with their sockets, and its top channels.
//!
//! Must not know: toolkit.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;

use super::channels::spec;
use super::format;
use crate::engine::{Call, Cause, Engine, Happened, Status};
use crate::request::Access;
use crate::schema::Kind;
use crate::text::Text;
use wire::{ChannelsAnswer, ServersAnswer, SocketAnswer, SocketsAnswer};

mod wire;

const SERVICE: &str = "grpc.channelz.v1.Channelz";
const UNIMPLEMENTED: i32 = 12;
/// How long each answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Servers, and top channels, that are shown.
const MOST: usize = 50;
/// Sockets that are shown in all.
const MOST_SOCKETS: usize = 200;
/// Questions that are put at a time.
const AT_ONCE: usize = 8;

/// What one server told.
#[derive(Debug)]
pub struct Channelz {
    /// Its servers, in the order of their numbers.
    pub servers: Vec<Server>,
    /// Its top channels.
    pub channels: Vec<Channel>,
    /// There is more than is shown.
    pub cut: bool,
    /// What kept it from being told.
    pub failure: Option<Failure>,
    access: Access,
    waiting: VecDeque<Question>,
    running: Vec<(Question, Call)>,
    sockets: usize,
}

/// Why nothing is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server does not have channelz.
    NotThere,
    /// A call failed.
    Call(Status, Option<Cause>),
}

/// Calls, or streams, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Begun.
    pub started: i64,
    /// Ended well.
    pub succeeded: i64,
    /// Ended otherwise.
    pub failed: i64,
}

/// A server within the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Its number.
    pub id: i64,
    /// Its name; mostly empty.
    pub name: String,
    /// Its calls.
    pub calls: Counts,
    /// What it listens on, and then its connections.
    pub sockets: Vec<Socket>,
}

/// A socket of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Socket {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// It takes connections and carries none.
    pub listens: bool,
    /// The server's end.
    pub local: String,
    /// The other end.
    pub remote: String,
    /// Whether it speaks TLS.
    pub secure: bool,
    /// Its streams.
    pub streams: Counts,
    /// Messages that the server sent.
    pub sent: i64,
    /// Messages that it received.
    pub received: i64,
    /// Keepalive pings that it sent.
    pub keepalives: i64,
}

/// A channel that the process itself opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Its number.
    pub id: i64,
    /// Where it leads.
    pub target: String,
    /// The name of its state in gRPC, `READY`.
    pub state: &'static str,
    /// Its calls.
    pub calls: Counts,
}

#[derive(Clone, Copy, Debug)]
enum Question {
    Servers,
    TopChannels,
    /// The connections of a server.
    Sockets(i64),
    Socket(i64),
}

impl Question {
    fn method(self) -> &'static str {
        match self {
            Self::Servers => "GetServers",
            Self::TopChannels => "GetTopChannels",
            Self::Sockets(_) => "GetServerSockets",
            Self::Socket(_) => "GetSocket",
        }
    }

    fn message(self) -> Bytes {
        let bytes = match self {
            Self::Servers | Self::TopChannels => wire::Page { start: 0, most: MOST as i64 }.encode_to_vec(),
            Self::Sockets(server) => wire::SocketsPage { server, start: 0, most: MOST_SOCKETS as i64 }.encode_to_vec(),
            Self::Socket(id) => wire::SocketQuestion { id }.encode_to_vec(),
        };
        bytes.into()
    }
}

impl Channelz {
    /// Asks a server.
    pub(super) fn ask(access: Access, engine: &Engine) -> Self {
        let mut channelz = Self {
            servers: Vec::new(),
            channels: Vec::new(),
            cut: false,
            failure: None,
            access,
            waiting: VecDeque::from([Question::Servers]),
            running: Vec::new(),
            sockets: 0,
        };
        channelz.poll(engine);
        channelz
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        !self.running.is_empty() || !self.waiting.is_empty()
    }

    /// Takes in what has come, and asks on.
    pub(super) fn poll(&mut self, engine: &Engine) {
        for (question, mut call) in std::mem::take(&mut self.running) {
            let mut ended = false;
            while let Some(event) = call.try_next() {
                match event.what {
                    Happened::Received(payload) => self.take_in(question, payload.message),
                    Happened::Finished(outcome) => {
                        ended = true;
                        self.end(question, outcome.status, outcome.cause);
                    }
                    _ => {}
                }
            }
            if !ended {
                self.running.push((question, call));
            }
        }
        while self.running.len() < AT_ONCE
            && let Some(question) = self.waiting.pop_front()
        {
            let method = (SERVICE, question.method());
            let spec = spec(&self.access, method, Kind::Unary, question.message(), Some(LIMIT));
            self.running.push((question, engine.call(spec)));
        }
    }

    fn end(&mut self, question: Question, status: Status, cause: Option<Cause>) {
        // A socket may be gone by the time it is asked for; the rest is worth showing.
        if status.code == 0 || matches!(question, Question::Socket(_)) {
            return;
        }
        let absent = status.code == UNIMPLEMENTED;
        match question {
            Question::Servers if absent => self.failure = Some(Failure::NotThere),
            // Not every server tells of channels.
            Question::TopChannels if absent => {}
            _ => self.failure = Some(Failure::Call(status, cause)),
        }
    }

    /// Foreign bytes: what cannot be read is left out.
    fn take_in(&mut self, question: Question, message: Bytes) {
        match question {
            Question::Servers => {
                let Ok(answer) = ServersAnswer::decode(message) else { return };
                self.cut |= answer.server.len() > MOST || !answer.end;
                for server in answer.server.into_iter().take(MOST) {
                    let (server, listens) = server.read();
                    self.waiting.push_back(Question::Sockets(server.id));
                    self.servers.push(server);
                    for socket in listens {
                        self.add_socket(self.servers.len() - 1, socket);
                    }
                }
                self.waiting.push_back(Question::TopChannels);
            }
            Question::TopChannels => {
                let Ok(answer) = ChannelsAnswer::decode(message) else { return };
                self.cut |= answer.channel.len() > MOST || !answer.end;
                self.channels = answer.channel.into_iter().take(MOST).map(wire::ChannelNode::read).collect();
            }
            Question::Sockets(id) => {
                let Ok(answer) = SocketsAnswer::decode(message) else { return };
                self.cut |= !answer.end;
                let Some(at) = self.servers.iter().position(|server| server.id == id) else { return };
                for socket in answer.socket_ref {
                    self.add_socket(at, socket.read());
                }
            }
            Question::Socket(id) => {
                let Ok(SocketAnswer { socket: Some(told) }) = SocketAnswer::decode(message) else { return };
                let mut sockets = self.servers.iter_mut().flat_map(|server| &mut server.sockets);
                if let Some(socket) = sockets.find(|socket| socket.id == id) {
                    told.read_into(socket);
                }
            }
        }
    }

    fn add_socket(&mut self, server: usize, socket: Socket) {
        if self.sockets == MOST_SOCKETS {
            self.cut = true;
            return;
        }
        let Some(server) = self.servers.get_mut(server) else { return };
        self.sockets += 1;
        self.waiting.push_back(Question::Socket(socket.id));
        server.sockets.push(socket);
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How far it is moved in.
    pub depth: usize,
    /// What it is.
    pub kind: RowKind,
    /// What it is called.
    pub name: String,
    /// Its counts in words.
    pub words: String,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A server.
    Server,
    /// A socket.
    Socket,
    /// A channel.
    Channel,
}

/// All that was told, as rows.
#[must_use]
pub fn rows(channelz: &Channelz, text: &Text) -> Vec<Row> {
    let counts = |key: &str, counts: Counts| {
        let number = |count: i64| format::count(count.unsigned_abs());
        let words = [
            ("started", number(counts.started).into()),
            ("succeeded", number(counts.succeeded).into()),
            ("failed", number(counts.failed).into()),
        ];
        text.with(key, &words)
    };
    let mut rows = Vec::new();
    for server in &channelz.servers {
        let name = text.with("channelz-server", &[("id", server.id.into()), ("name", server.name.as_str().into())]);
        let words = counts("channelz-calls", server.calls);
        rows.push(Row { depth: 0, kind: RowKind::Server, name: name.trim_end().to_owned(), words });
        for socket in &server.sockets {
            rows.push(Row {
                depth: 1,
                kind: RowKind::Socket,
                name: socket_name(socket, text),
                words: if socket.listens {
                    text.get("channelz-listens").to_owned()
                } else {
                    let number = |count: i64| format::count(count.unsigned_abs());
                    let streams = counts("channelz-streams", socket.streams);
                    let messages = [
                        ("sent", number(socket.sent).into()),
                        ("received", number(socket.received).into()),
                        ("keepalives", number(socket.keepalives).into()),
                    ];
                    let security = text.get(if socket.secure { "channel-tls" } else { "lock-plaintext" });
                    [&streams, &text.with("channelz-messages", &messages), security]
                        .map(AsRef::<str>::as_ref)
                        .join(" · ")
                },
            });
        }
    }
    for channel in &channelz.channels {
        let name =
            text.with("channelz-channel", &[("id", channel.id.into()), ("target", channel.target.as_str().into())]);
        let words = format!("{} · {}", channel.state, counts("channelz-calls", channel.calls));
        rows.push(Row { depth: 0, kind: RowKind::Channel, name, words });
    }
    rows
}

fn socket_name(socket: &Socket, text: &Text) -> String {
    match (socket.local.as_str(), socket.remote.as_str()) {
        ("", "") if socket.name.is_empty() => text.with("channelz-socket", &[("id", socket.id.into())]),
        ("", "") => socket.name.clone(),
        (local, "") => local.to_owned(),
        (local, remote) => format!("{local} ← {remote}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Draft, Scope, resolve_access};
    use crate::text::Language;

    /// A field of a message, by number, as bytes.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
        bytes.extend(content);
        bytes
    }

    /// A field of a message, by number, as a number.
    fn number(number: u8, value: u8) -> Vec<u8> {
        vec![number << 3, value]
    }

    fn nothing() -> Channelz {
        let draft = Draft { target: "localhost:1".to_owned(), ..Draft::default() };
        Channelz {
            servers: Vec::new(),
            channels: Vec::new(),
            cut: false,
            failure: None,
            access: resolve_access(&draft, &Scope::default()).unwrap(),
            waiting: VecDeque::new(),
            running: Vec::new(),
            sockets: 0,
        }
    }

    #[test]
    fn servers_sockets_and_channels_become_rows() {
        let mut channelz = nothing();
        let listens = field(3, &[number(3, 2), field(4, b"[::]:50051")].concat());
        let server = [field(1, &[number(5, 1), field(6, b"main")].concat()), field(2, &number(2, 9)), listens].concat();
        channelz.take_in(Question::Servers, [field(1, &server), number(2, 1)].concat().into());
        channelz.take_in(Question::Sockets(1), [field(1, &number(3, 3)), number(2, 1)].concat().into());
        let tcp = |port: u8| field(1, &[field(1, &[127, 0, 0, 1]), number(2, port)].concat());
        let told = [field(2, &[number(1, 4), number(2, 3), number(3, 1), number(4, 7)].concat())];
        let socket = [told.concat(), field(3, &tcp(80)), field(4, &tcp(99)), field(5, &[])].concat();
        channelz.take_in(Question::Socket(3), field(2, &socket).into());
        channelz.take_in(Question::Socket(3), field(1, &socket).into());
        let state = field(2, &[field(1, &number(1, 4)), field(2, b"db:5432"), number(4, 2)].concat());
        let channel = [field(1, &number(1, 6)), state].concat();
        channelz.take_in(Question::TopChannels, [field(1, &channel), number(2, 1)].concat().into());
        let told: Vec<String> = rows(&channelz, &Text::new(Language::En))
            .iter()
            .map(|row| format!("{}{}: {}", " ".repeat(row.depth), row.name, row.words))
            .collect();
        assert_eq!(
            told,
            [
                "Server 1 main: calls: 9, 0 succeeded, 0 failed",
                " [::]:50051: listens",
                " 127.0.0.1:80 ← 127.0.0.1:99: streams: 4, 3 succeeded, 1 failed · messages: 7 sent, 0 received \
                 · keepalives: 0 · TLS",
                "Channel 6 → db:5432: TRANSIENT_FAILURE · calls: 2, 0 succeeded, 0 failed",
            ]
        );
        assert!(!channelz.cut);
    }

    #[test]
    fn nonsense_is_left_out_and_masses_are_cut() {
        let mut channelz = nothing();
        channelz.take_in(Question::Servers, Bytes::from_static(&[0x0a, 0xff]));
        assert!(channelz.servers.is_empty() && channelz.waiting.is_empty());
        let server = field(1, &field(1, &number(5, 1)));
        channelz.take_in(Question::Servers, server.repeat(MOST + 1).into());
        assert_eq!((channelz.servers.len(), channelz.cut), (MOST, true));
        channelz.cut = false;
        let socket = field(1, &number(3, 3));
        channelz.take_in(Question::Sockets(1), [socket.repeat(MOST_SOCKETS + 1), number(2, 1)].concat().into());
        assert_eq!((channelz.sockets, channelz.cut), (MOST_SOCKETS, true));
    }
}
