//! The messages of `grpc.channelz.v1`, as far as they are shown.
//!
//! Written out by hand: the protocol is fixed, and nobody needs descriptors of it.
//! Must not know: who asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Channel, Counts, Server, Socket};

/// `GetServersRequest` and `GetTopChannelsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Page {
    #[prost(int64, tag = "1")]
    pub start: i64,
    #[prost(int64, tag = "2")]
    pub most: i64,
}

/// `GetServerSocketsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SocketsPage {
    #[prost(int64, tag = "1")]
    pub server: i64,
    #[prost(int64, tag = "2")]
    pub start: i64,
    #[prost(int64, tag = "3")]
    pub most: i64,
}

/// `GetSocketRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SocketQuestion {
    #[prost(int64, tag = "1")]
    pub id: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ServersAnswer {
    #[prost(message, repeated, tag = "1")]
    pub server: Vec<ServerNode>,
    #[prost(bool, tag = "2")]
    pub end: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ChannelsAnswer {
    #[prost(message, repeated, tag = "1")]
    pub channel: Vec<ChannelNode>,
    #[prost(bool, tag = "2")]
    pub end: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SocketsAnswer {
    #[prost(message, repeated, tag = "1")]
    pub socket_ref: Vec<SocketRef>,
    #[prost(bool, tag = "2")]
    pub end: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SocketAnswer {
    #[prost(message, optional, tag = "1")]
    pub socket: Option<SocketNode>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ServerNode {
    #[prost(message, optional, tag = "1")]
    server_ref: Option<ServerRef>,
    #[prost(message, optional, tag = "2")]
    calls: Option<ServerData>,
    #[prost(message, repeated, tag = "3")]
    listen_socket: Vec<SocketRef>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ServerRef {
    #[prost(int64, tag = "5")]
    id: i64,
    #[prost(string, tag = "6")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ServerData {
    #[prost(int64, tag = "2")]
    started: i64,
    #[prost(int64, tag = "3")]
    succeeded: i64,
    #[prost(int64, tag = "4")]
    failed: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ChannelNode {
    #[prost(message, optional, tag = "1")]
    channel_ref: Option<ChannelRef>,
    #[prost(message, optional, tag = "2")]
    facts: Option<ChannelData>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ChannelRef {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ChannelData {
    #[prost(message, optional, tag = "1")]
    state: Option<Connectivity>,
    #[prost(string, tag = "2")]
    target: String,
    #[prost(int64, tag = "4")]
    started: i64,
    #[prost(int64, tag = "5")]
    succeeded: i64,
    #[prost(int64, tag = "6")]
    failed: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Connectivity {
    #[prost(int32, tag = "1")]
    state: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SocketRef {
    #[prost(int64, tag = "3")]
    id: i64,
    #[prost(string, tag = "4")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SocketNode {
    #[prost(message, optional, tag = "2")]
    facts: Option<SocketData>,
    #[prost(message, optional, tag = "3")]
    local: Option<Address>,
    #[prost(message, optional, tag = "4")]
    remote: Option<Address>,
    /// What is in it is not shown, only whether it is there.
    #[prost(message, optional, tag = "5")]
    security: Option<()>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SocketData {
    #[prost(int64, tag = "1")]
    started: i64,
    #[prost(int64, tag = "2")]
    succeeded: i64,
    #[prost(int64, tag = "3")]
    failed: i64,
    #[prost(int64, tag = "4")]
    sent: i64,
    #[prost(int64, tag = "5")]
    received: i64,
    #[prost(int64, tag = "6")]
    keepalives: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Address {
    #[prost(message, optional, tag = "1")]
    tcp: Option<TcpAddress>,
    #[prost(message, optional, tag = "2")]
    unix: Option<NamedAddress>,
    #[prost(message, optional, tag = "3")]
    other: Option<NamedAddress>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TcpAddress {
    #[prost(bytes = "vec", tag = "1")]
    ip: Vec<u8>,
    #[prost(int32, tag = "2")]
    port: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NamedAddress {
    #[prost(string, tag = "1")]
    name: String,
}

impl ServerNode {
    /// The server, and what it listens on.
    pub(super) fn read(self) -> (Server, Vec<Socket>) {
        let named = self.server_ref.unwrap_or_default();
        let calls = self.calls.unwrap_or_default();
        let calls = Counts { started: calls.started, succeeded: calls.succeeded, failed: calls.failed };
        let listens = self.listen_socket.into_iter().map(|socket| Socket { listens: true, ..socket.read() });
        (Server { id: named.id, name: named.name, calls, sockets: Vec::new() }, listens.collect())
    }
}

impl SocketRef {
    pub(super) fn read(self) -> Socket {
        Socket { id: self.id, name: self.name, ..Socket::default() }
    }
}

impl SocketNode {
    pub(super) fn read_into(self, socket: &mut Socket) {
        let facts = self.facts.unwrap_or_default();
        socket.streams = Counts { started: facts.started, succeeded: facts.succeeded, failed: facts.failed };
        (socket.sent, socket.received, socket.keepalives) = (facts.sent, facts.received, facts.keepalives);
        socket.local = self.local.map(Address::read).unwrap_or_default();
        socket.remote = self.remote.map(Address::read).unwrap_or_default();
        socket.secure = self.security.is_some();
    }
}

impl ChannelNode {
    pub(super) fn read(self) -> Channel {
        let named = self.channel_ref.unwrap_or_default();
        let facts = self.facts.unwrap_or_default();
        let state = match facts.state.map_or(0, |state| state.state) {
            1 => "IDLE",
            2 => "CONNECTING",
            3 => "READY",
            4 => "TRANSIENT_FAILURE",
            5 => "SHUTDOWN",
            _ => "UNKNOWN",
        };
        let calls = Counts { started: facts.started, succeeded: facts.succeeded, failed: facts.failed };
        let target = if facts.target.is_empty() { named.name } else { facts.target };
        Channel { id: named.id, target, state, calls }
    }
}

impl Address {
    fn read(self) -> String {
        if let Some(tcp) = self.tcp {
            let ip = <[u8; 4]>::try_from(tcp.ip.as_slice()).map(|ip| IpAddr::from(Ipv4Addr::from(ip)));
            let ip = ip.or_else(|_longer| <[u8; 16]>::try_from(tcp.ip.as_slice()).map(|ip| Ipv6Addr::from(ip).into()));
            let port = u16::try_from(tcp.port).unwrap_or_default();
            return ip.map(|ip| SocketAddr::new(ip, port).to_string()).unwrap_or_default();
        }
        self.unix.or(self.other).map(|named| named.name).unwrap_or_default()
    }
}
