//! Reads a target as typed: where to connect, with TLS or without, and why.
//!
//! | typed | means |
//! | --- | --- |
//! | `host:port`, `1.2.3.4:port`, `[::1]:port` | that host; plaintext to this machine, else TLS |
//! | `host` | port 443 with TLS, 80 for `http://`, otherwise 50051 |
//! | `grpc://`, `http://` | plaintext |
//! | `grpcs://`, `https://` | TLS |
//! | `dns:host:port`, `dns:///host:port` | gRPC's own names for `host:port` |
//! | `ipv4:a:p,b:p`, `ipv6:[a]:p,[b]:p` | these addresses, tried in this order; loopback where all of them are |
//! | `.../prefix` | the prefix stands before the service name in the path of every call |
//! | `unix:path`, `unix:///path` | a socket file |
//! | `unix-abstract:name` | a socket of Linux that has a name and no file |
//!
//! Must not know: network, UI.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use super::{Address, SecurityReason, Target, TlsMode};

/// Reads a target as typed (variables already put in).
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_target(text: &str, mode: TlsMode) -> Result<Target, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("type a target, such as localhost:50051".to_owned());
    }
    let (scheme, rest) = split_scheme(text);
    let scheme = scheme.map(str::to_ascii_lowercase);
    let scheme = scheme.as_deref();
    let by_scheme = match scheme {
        Some("unix") => return unix(rest, mode),
        Some("unix-abstract") => return unix_abstract(rest, mode),
        Some("grpc" | "http") => Some(false),
        Some("grpcs" | "https") => Some(true),
        None | Some("dns" | "ipv4" | "ipv6") => None,
        Some("xds") => return Err("xds targets need a control plane and are not supported: type host:port".to_owned()),
        Some(other) => {
            return Err(format!(
                "unknown scheme `{other}`: use grpc, grpcs, http, https, dns, ipv4, ipv6, unix or unix-abstract"
            ));
        }
    };
    let is_list = matches!(scheme, Some("ipv4" | "ipv6"));
    let rest = match scheme {
        Some("dns") => after_dns_server(rest)?,
        _ if is_list => rest.strip_prefix('/').unwrap_or(rest),
        _ => rest,
    };
    if text.contains(char::is_whitespace) {
        return Err("a target has no spaces in it".to_owned());
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if text.contains(['?', '#']) {
        return Err("a target has no query or fragment".to_owned());
    }
    if authority.contains('@') {
        return Err("a target has no user name in it: use the credentials instead".to_owned());
    }
    if authority.contains(',') && !is_list {
        return Err("several addresses are written ipv4:1.2.3.4:50051,5.6.7.8:50051 or ipv6:[::1]:50051,…".to_owned());
    }
    let places = authority.split(',').map(|part| place(part, scheme)).collect::<Result<Vec<_>, String>>()?;
    let (tls, reason) = security(mode, by_scheme, places.iter().all(|(host, _port)| is_loopback(host)));
    let default_port = match (tls, scheme) {
        (true, _) => 443,
        (false, Some("http")) => 80,
        (false, _) => 50051,
    };
    let address =
        |(host, port): (&str, Option<u16>)| Address::Tcp { host: host.to_owned(), port: port.unwrap_or(default_port) };
    Ok(Target {
        addresses: places.into_iter().map(address).collect(),
        path_prefix: path.trim_end_matches('/').to_owned(),
        tls,
        reason,
    })
}

/// One host and its port.
fn place<'a>(text: &'a str, scheme: Option<&str>) -> Result<(&'a str, Option<u16>), String> {
    let (host, port) = split_port(text)?;
    check_host(host, scheme)?;
    Ok((host, port))
}

const fn security(mode: TlsMode, by_scheme: Option<bool>, near: bool) -> (bool, SecurityReason) {
    match (mode, by_scheme, near) {
        (TlsMode::Plaintext, ..) => (false, SecurityReason::Chosen),
        (TlsMode::Tls, ..) => (true, SecurityReason::Chosen),
        (TlsMode::Auto, Some(tls), _) => (tls, SecurityReason::Scheme),
        (TlsMode::Auto, None, true) => (false, SecurityReason::Loopback),
        (TlsMode::Auto, None, false) => (true, SecurityReason::Default),
    }
}

/// Splits `scheme://rest`, and `scheme:rest` for the schemes that gRPC writes so.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    let is_scheme = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    if let Some((scheme, rest)) = text.split_once("://")
        && is_scheme(scheme)
    {
        return (Some(scheme), rest);
    }
    if let Some((scheme, rest)) = text.split_once(':') {
        let known = ["unix", "unix-abstract", "dns", "ipv4", "ipv6", "xds"];
        // A host may be called `dns` too: then what follows is a port.
        let is_socket = scheme.to_ascii_lowercase().starts_with("unix");
        let port_follows = !is_socket && !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
        if known.iter().any(|name| scheme.eq_ignore_ascii_case(name)) && !port_follows {
            return (Some(scheme), rest);
        }
    }
    (None, text)
}

/// `dns://server/host:port` names the DNS server to ask; only the system's is used here.
fn after_dns_server(rest: &str) -> Result<&str, String> {
    match rest.strip_prefix('/') {
        Some(rest) => Ok(rest),
        None if rest.contains('/') => {
            Err("only the system's name server can be asked: type dns:///host:port".to_owned())
        }
        None => Ok(rest),
    }
}

fn unix(path: &str, mode: TlsMode) -> Result<Target, String> {
    if path.is_empty() {
        return Err("the path of the socket is missing: type unix:path".to_owned());
    }
    Ok(socket(Address::Unix(PathBuf::from(path)), mode))
}

fn unix_abstract(name: &str, mode: TlsMode) -> Result<Target, String> {
    if !cfg!(target_os = "linux") {
        return Err("abstract sockets exist on Linux only: type unix:path".to_owned());
    }
    if name.is_empty() {
        return Err("the name of the socket is missing: type unix-abstract:name".to_owned());
    }
    if name.contains('\0') {
        return Err("the zero byte before the name of an abstract socket is not typed".to_owned());
    }
    Ok(socket(Address::UnixAbstract(name.to_owned()), mode))
}

fn socket(address: Address, mode: TlsMode) -> Target {
    let (tls, reason) = security(mode, None, true);
    Target { addresses: vec![address], path_prefix: String::new(), tls, reason }
}

/// Splits host and port; brackets around an IPv6 address go.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    if let Some(rest) = authority.strip_prefix('[') {
        let Some((host, rest)) = rest.split_once(']') else {
            return Err("the bracket of the IPv6 address is not closed".to_owned());
        };
        if ipv6(host).is_none() {
            return Err(format!("`{host}` is no IPv6 address"));
        }
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(parse_port(port)?))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(format!("`{rest}` after the IPv6 address is no port: type [address]:port")),
        };
    }
    if ipv6(authority).is_some() {
        return Ok((authority, None));
    }
    match authority.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => {
            Err("more than one port: an IPv6 address stands in brackets, [::1]:50051".to_owned())
        }
        Some((host, port)) => Ok((host, Some(parse_port(port)?))),
        None => Ok((authority, None)),
    }
}

/// An IPv6 address, with the zone that a link-local one has.
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    text.split_once('%').map_or(text, |(address, _)| address).parse().ok()
}

fn parse_port(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ if text.is_empty() => Err("the port after the colon is missing".to_owned()),
        _ => Err(format!("`{text}` is no port: a port is a number from 1 to 65535")),
    }
}

fn check_host(host: &str, scheme: Option<&str>) -> Result<(), String> {
    if host.is_empty() {
        return Err("the host is missing: type host:port".to_owned());
    }
    let fits = match scheme {
        Some("ipv4") => host.parse::<std::net::Ipv4Addr>().is_ok(),
        Some("ipv6") => ipv6(host).is_some(),
        _ => true,
    };
    if !fits {
        return Err(format!("`{host}` is no {} address", if scheme == Some("ipv4") { "IPv4" } else { "IPv6" }));
    }
    match host.chars().find(|c| c.is_control() || "\\\"<>^`{|}[]".contains(*c)) {
        Some(c) => Err(format!("a host name has no `{c}` in it")),
        None => Ok(()),
    }
}

/// Whether a host is this machine. `0.0.0.0` and `::` are where a server listens, and reach it from here.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || ipv6(host)
            .map(IpAddr::from)
            .or_else(|| host.parse().ok())
            .is_some_and(|address| address.to_canonical().is_loopback() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, mode: TlsMode) -> String {
        match parse_target(text, mode) {
            Ok(target) => {
                let one = |address: &Address| match address {
                    Address::Tcp { host, port } => format!("{host} {port}"),
                    Address::Unix(path) => format!("socket {}", path.display()),
                    Address::UnixAbstract(name) => format!("abstract {name}"),
                };
                let address = target.addresses.iter().map(one).collect::<Vec<_>>().join(", ");
                let security = if target.tls { "tls" } else { "plaintext" };
                format!("{address} {security} {:?} {}", target.reason, target.path_prefix).trim_end().to_owned()
            }
            Err(problem) => format!("! {problem}"),
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(text, TlsMode::Auto), expected, "{text:?}");
    }

    #[test]
    fn hosts_and_ports() {
        check("localhost:50051", "localhost 50051 plaintext Loopback");
        check(" localhost ", "localhost 50051 plaintext Loopback");
        check("LocalHost:1", "LocalHost 1 plaintext Loopback");
        check("api.localhost:1", "api.localhost 1 plaintext Loopback");
        check("127.1.2.3:1", "127.1.2.3 1 plaintext Loopback");
        check("0.0.0.0:1", "0.0.0.0 1 plaintext Loopback");
        check("example.com", "example.com 443 tls Default");
        check("example.com:8080", "example.com 8080 tls Default");
        check("10.0.0.1:1", "10.0.0.1 1 tls Default");
        check("服务.example:1", "服务.example 1 tls Default");
    }

    #[test]
    fn ipv6_addresses() {
        check("[::1]:50051", "::1 50051 plaintext Loopback");
        check("[::1]", "::1 50051 plaintext Loopback");
        check("::1", "::1 50051 plaintext Loopback");
        check("[2001:db8::1]:1", "2001:db8::1 1 tls Default");
        check("[fe80::1%eth0]:1", "fe80::1%eth0 1 tls Default");
        check("[::1", "! the bracket of the IPv6 address is not closed");
        check("[::1]5", "! `5` after the IPv6 address is no port: type [address]:port");
        check("[nine]:5", "! `nine` is no IPv6 address");
        check("a:b:1", "! more than one port: an IPv6 address stands in brackets, [::1]:50051");
    }

    #[test]
    fn schemes() {
        check("grpc://example.com", "example.com 50051 plaintext Scheme");
        check("grpcs://localhost", "localhost 443 tls Scheme");
        check("http://example.com", "example.com 80 plaintext Scheme");
        check("HTTPS://example.com:1/Api/V1/", "example.com 1 tls Scheme /Api/V1");
        check("dns:///example.com:1", "example.com 1 tls Default");
        check("dns:example.com:1", "example.com 1 tls Default");
        check("dns:1", "dns 1 tls Default");
        check("ipv4:127.0.0.1:1", "127.0.0.1 1 plaintext Loopback");
        check("ipv6:[::1]:1", "::1 1 plaintext Loopback");
        check("unix:a/B.sock", "socket a/B.sock plaintext Loopback");
        check("unix:///tmp/A b.sock", "socket /tmp/A b.sock plaintext Loopback");
        check("localhost:1/", "localhost 1 plaintext Loopback");
        check("dns:///example.com", "example.com 443 tls Default");
        check("grpc://127.0.0.1:1/a/b", "127.0.0.1 1 plaintext Scheme /a/b");
        check("http://[::1]:1/a", "::1 1 plaintext Scheme /a");
    }

    #[test]
    fn lists() {
        check("ipv4:127.0.0.1:1,127.0.0.2:2", "127.0.0.1 1, 127.0.0.2 2 plaintext Loopback");
        check("ipv4:127.0.0.1:1,10.0.0.1:2", "127.0.0.1 1, 10.0.0.1 2 tls Default");
        check("ipv4:10.0.0.1,10.0.0.2", "10.0.0.1 443, 10.0.0.2 443 tls Default");
        check("ipv4:///10.0.0.1:1,10.0.0.2:2", "10.0.0.1 1, 10.0.0.2 2 tls Default");
        check("ipv4://10.0.0.1:1", "10.0.0.1 1 tls Default");
        check("ipv6:[::1]:1,[2001:db8::1]:2", "::1 1, 2001:db8::1 2 tls Default");
        check("ipv6:[::1]:1,[::1]:2/api", "::1 1, ::1 2 plaintext Loopback /api");
        check("ipv6:::1,[::1]:2", "::1 50051, ::1 2 plaintext Loopback");
        check("ipv4:1.1.1.1:1,", "! the host is missing: type host:port");
        check("ipv4:1.1.1.1:1,[::1]:1", "! `::1` is no IPv4 address");
        check("ipv6:[::1]:1,1.1.1.1:1", "! `1.1.1.1` is no IPv6 address");
        check("ipv4:1.1.1.1:x,2.2.2.2:2", "! `x` is no port: a port is a number from 1 to 65535");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn abstract_sockets() {
        check("unix-abstract:name", "abstract name plaintext Loopback");
        check("unix-abstract:a b:1", "abstract a b:1 plaintext Loopback");
        check("unix-abstract:", "! the name of the socket is missing: type unix-abstract:name");
        check("unix-abstract:\0x", "! the zero byte before the name of an abstract socket is not typed");
    }

    #[test]
    fn what_is_no_target() {
        check("", "! type a target, such as localhost:50051");
        check("xds:///x", "! xds targets need a control plane and are not supported: type host:port");
        check("xds:x", "! xds targets need a control plane and are not supported: type host:port");
        check(
            "ftp://x",
            "! unknown scheme `ftp`: use grpc, grpcs, http, https, dns, ipv4, ipv6, unix or unix-abstract",
        );
        check("unix:", "! the path of the socket is missing: type unix:path");
        check("localhost:", "! the port after the colon is missing");
        check("localhost:0", "! `0` is no port: a port is a number from 1 to 65535");
        check("localhost:+1", "! `+1` is no port: a port is a number from 1 to 65535");
        check("localhost:99999", "! `99999` is no port: a port is a number from 1 to 65535");
        check("local host:1", "! a target has no spaces in it");
        check(":50051", "! the host is missing: type host:port");
        check("http://", "! the host is missing: type host:port");
        check("dns://8.8.8.8/x:1", "! only the system's name server can be asked: type dns:///host:port");
        check("ipv4:x:1", "! `x` is no IPv4 address");
        check("a:1,b:2", "! several addresses are written ipv4:1.2.3.4:50051,5.6.7.8:50051 or ipv6:[::1]:50051,…");
        check("http://me@x", "! a target has no user name in it: use the credentials instead");
        check("http://x?y", "! a target has no query or fragment");
        check("{{host}}:1", "! a host name has no `{` in it");
    }

    #[test]
    fn a_choice_beats_scheme_and_host() {
        assert_eq!(shown("http://x", TlsMode::Tls), "x 443 tls Chosen");
        assert_eq!(shown("grpcs://x", TlsMode::Plaintext), "x 50051 plaintext Chosen");
        assert_eq!(shown("localhost", TlsMode::Tls), "localhost 443 tls Chosen");
        assert_eq!(shown("unix:x", TlsMode::Tls), "socket x tls Chosen");
    }
}
