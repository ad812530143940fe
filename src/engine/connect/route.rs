//! Which way leads to an address: straight, or through a proxy that was given or that the environment names.
//!
//! The variables are those of gRPC's own libraries (`grpc_proxy`, `https_proxy`, `http_proxy`; `no_grpc_proxy`,
//! `no_proxy`; the first that has a value counts, whether TLS is spoken or not) with those of other programs after
//! them. A target on this machine is never reached through a proxy of the environment.
//!
//! Must not know: how a proxy is spoken to.

use std::fmt;
use std::net::IpAddr;

use super::address_text;
use crate::engine::Cause;
use crate::request::{Address, Proxy, ProxyAddress, is_loopback, parse_proxy_address};

const PROXIES: [&str; 7] =
    ["grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
const EXCEPTIONS: [&str; 3] = ["no_grpc_proxy", "no_proxy", "NO_PROXY"];

/// A proxy, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detour {
    pub(super) proxy: ProxyAddress,
    /// The environment variable; `None` where it was given.
    variable: Option<&'static str>,
}

/// `host:port`, and the variable that it is from.
impl fmt::Display for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProxyAddress { host, port, .. } = &self.proxy;
        f.write_str(&address_text(&Address::Tcp { host: host.clone(), port: *port }))?;
        self.variable.map_or(Ok(()), |variable| write!(f, " ({variable})"))
    }
}

/// The proxy on the way to an address; `None` where the way is straight.
///
/// # Errors
///
/// When the environment names one that cannot be used.
pub(super) fn detour(
    proxy: &Proxy,
    address: &Address,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Option<Detour>, Cause> {
    let Address::Tcp { host, port } = address else { return Ok(None) };
    match proxy {
        Proxy::Direct => return Ok(None),
        Proxy::Given(proxy) => return Ok(Some(Detour { proxy: proxy.clone(), variable: None })),
        Proxy::Environment if is_loopback(host) => return Ok(None),
        Proxy::Environment => {}
    }
    let first = |names: &[&'static str]| {
        let value = |name: &'static str| Some((name, variable(name)?.trim().to_owned()));
        names.iter().filter_map(|name| value(name)).find(|(_name, value)| !value.is_empty())
    };
    let Some((name, value)) = first(&PROXIES) else { return Ok(None) };
    if first(&EXCEPTIONS).is_some_and(|(_name, list)| is_exempt(&list, host, *port)) {
        return Ok(None);
    }
    match parse_proxy_address(&value) {
        Ok(proxy) => Ok(Some(Detour { proxy, variable: Some(name) })),
        Err(detail) => Err(Cause::BadProxy { variable: name.to_owned(), detail }),
    }
}

/// Whether a list of exceptions holds a host: `*`, names with all below them (a dot or `*.` before them or not),
/// addresses, networks (`10.0.0.0/8`); names and addresses perhaps with a port.
fn is_exempt(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.split('%').next().and_then(|text| text.parse::<IpAddr>().ok()).map(|ip| ip.to_canonical());
    list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()).any(|entry| {
        let (entry, only) = split_port(entry);
        if only.is_some_and(|only| only != port) {
            return false;
        }
        match address {
            _ if entry == "*" => true,
            Some(address) => is_in_network(entry, address),
            None => {
                let entry = entry.trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
                let below = host.strip_suffix(&entry);
                !entry.is_empty() && below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
            }
        }
    })
}

/// Splits a port off, and takes brackets away. What is no port stays with the name.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((inner, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (inner, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => port.parse().map_or((entry, None), |port: u16| (name, Some(port))),
        _ => (entry, None),
    }
}

/// Whether an entry is that address, or a network that it is in.
fn is_in_network(entry: &str, address: IpAddr) -> bool {
    let (network, bits) = entry.split_once('/').map_or((entry, None), |(network, bits)| (network, Some(bits)));
    let Ok(network) = network.parse::<IpAddr>() else { return false };
    let Some(bits) = bits else { return network.to_canonical() == address };
    let (width, difference) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => (32, u128::from(network.to_bits() ^ address.to_bits())),
        (IpAddr::V6(network), IpAddr::V6(address)) => (128, network.to_bits() ^ address.to_bits()),
        _ => return false,
    };
    let Some(host_bits) = bits.parse::<u32>().ok().and_then(|bits| u32::checked_sub(width, bits)) else { return false };
    difference.checked_shr(host_bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ProxyKind;

    fn chosen(variables: &[(&str, &str)], host: &str, port: u16) -> String {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let address = Address::Tcp { host: host.to_owned(), port };
        match detour(&Proxy::Environment, &address, &variable) {
            Ok(Some(detour)) => detour.to_string(),
            Ok(None) => "straight".to_owned(),
            Err(cause) => format!("! {cause}"),
        }
    }

    #[test]
    fn the_first_variable_with_a_value_counts() {
        let check = |variables: &[(&str, &str)], expected: &str| {
            assert_eq!(chosen(variables, "example.com", 443), expected, "{variables:?}");
        };
        check(&[], "straight");
        check(&[("HTTPS_PROXY", "http://p:3128")], "p:3128 (HTTPS_PROXY)");
        check(&[("https_proxy", "p:1"), ("HTTPS_PROXY", "q:1")], "p:1 (https_proxy)");
        check(&[("https_proxy", " "), ("HTTPS_PROXY", "q:1")], "q:1 (HTTPS_PROXY)");
        check(&[("grpc_proxy", "g:1"), ("https_proxy", "p:1")], "g:1 (grpc_proxy)");
        check(&[("HTTP_PROXY", "p"), ("ALL_PROXY", "socks5://a")], "p:80 (HTTP_PROXY)");
        check(&[("ALL_PROXY", "socks5://[::2]")], "[::2]:1080 (ALL_PROXY)");
        check(&[("https_proxy", "p:1"), ("no_proxy", "example.com")], "straight");
        check(&[("https_proxy", "p:1"), ("no_grpc_proxy", "other"), ("no_proxy", "example.com")], "p:1 (https_proxy)");
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named() {
        let told = chosen(&[("HTTPS_PROXY", "ftp://me:secret@p")], "example.com", 443);
        assert!(told.contains("HTTPS_PROXY") && told.contains("unknown scheme") && !told.contains("secret"), "{told}");
    }

    #[test]
    fn this_machine_is_reached_straight() {
        for host in ["localhost", "127.0.0.1", "::1", "0.0.0.0"] {
            assert_eq!(chosen(&[("https_proxy", "p:1")], host, 1), "straight", "{host}");
        }
        let proxy = ProxyAddress { kind: ProxyKind::Http, host: "p".to_owned(), port: 1, credentials: None };
        let given = Proxy::Given(proxy.clone());
        let near = Address::Tcp { host: "127.0.0.1".to_owned(), port: 1 };
        let none = |_: &str| None;
        assert_eq!(detour(&given, &near, &none), Ok(Some(Detour { proxy, variable: None })));
        assert_eq!(detour(&given, &Address::Unix("x".into()), &none), Ok(None));
        assert_eq!(detour(&Proxy::Direct, &near, &|_| Some("p:1".to_owned())), Ok(None));
    }

    #[test]
    fn exceptions() {
        let check = |list: &str, host: &str, expected: bool| {
            assert_eq!(is_exempt(list, host, 443), expected, "{host} in {list}");
        };
        check("*", "example.com", true);
        check("*", "10.0.0.1", true);
        check("example.com", "example.com", true);
        check("example.com", "API.Example.com.", true);
        check("example.com", "badexample.com", false);
        check(".example.com", "a.b.example.com", true);
        check(".example.com", "example.com", true);
        check("*.example.com", "a.example.com", true);
        check("com", "example.com", true);
        check("a, example.com", "example.com", true);
        check("example.com:443", "example.com", true);
        check("example.com:8443", "example.com", false);
        check("10.0.0.1", "10.0.0.1", true);
        check("10.0.0.1:80", "10.0.0.1", false);
        check("10.0.0.0/8", "10.200.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/33", "10.0.0.1", false);
        check("0.0.0.0/0", "11.0.0.1", true);
        check("10.0.0.0/8", "10.example.com", false);
        check("::ffff:10.0.0.1", "10.0.0.1", true);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("[2001:db8::1]:443", "2001:db8::1", true);
        check("[2001:db8::1]:1", "2001:db8::1", false);
        check("fe80::1", "fe80::1%eth0", true);
        check("::/0", "2001:db8::1", true);
        check("", "example.com", false);
        check(",.,*.", "example.com", false);
    }
}
