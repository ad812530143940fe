//! Reads a proxy as typed.
//!
//! Must not know: network (what the environment says is for the engine to find out).

use super::{Proxy, ProxyAddress, ProxyKind};

/// Reads `none`, `environment`, `http://[user:password@]host[:port]` or `socks5://[user:password@]host[:port]`.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_proxy(text: &str) -> Result<Proxy, String> {
    match text.to_ascii_lowercase().as_str() {
        "none" | "off" | "direct" => return Ok(Proxy::Direct),
        "environment" => return Ok(Proxy::Environment),
        _ => {}
    }
    parse_proxy_address(text).map(Proxy::Given).map_err(|problem| format!("{problem}, none or environment"))
}

/// Reads the address of a proxy, as environment variables hold it: without a scheme it is `http://`.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_proxy_address(text: &str) -> Result<ProxyAddress, String> {
    let wrong = |why: &str| {
        // Never the text itself: it may hold a password.
        format!("this is no proxy ({why}): write http://host:port, socks5://host:port")
    };
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (kind, default_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (ProxyKind::Http, 80),
        "socks5" | "socks5h" | "socks" => (ProxyKind::Socks5, 1080),
        "https" => return Err(wrong("TLS to the proxy itself is not supported")),
        _ => return Err(wrong("unknown scheme")),
    };
    let rest = rest.trim_end_matches('/');
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, place)) => {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            (Some((decoded(user), decoded(password))), place)
        }
        None => (None, rest),
    };
    let (host, port) = match place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or_else(|| wrong("bad port"))?)),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '/') {
        return Err(wrong("bad host"));
    }
    let port = match port {
        Some(port) => port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| wrong("bad port"))?,
        None => default_port,
    };
    Ok(ProxyAddress { kind, host: host.to_owned(), port, credentials })
}

/// Percent-decoded, for passwords with an `@` in them.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let value = hex.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expected<'a> = (ProxyKind, &'a str, u16, Option<(&'a str, &'a str)>);

    fn check(text: &str, expected: Result<Expected<'_>, &str>) {
        let got = parse_proxy_address(text);
        match (got, expected) {
            (Ok(got), Ok((kind, host, port, credentials))) => {
                let credentials = credentials.map(|(user, password)| (user.to_owned(), password.to_owned()));
                assert_eq!(got, ProxyAddress { kind, host: host.to_owned(), port, credentials }, "{text}");
            }
            (Err(got), Err(part)) => assert!(got.contains(part), "{got}"),
            (got, expected) => panic!("{text}: {got:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn proxies() {
        check("http://proxy:3128", Ok((ProxyKind::Http, "proxy", 3128, None)));
        check("proxy:3128/", Ok((ProxyKind::Http, "proxy", 3128, None)));
        check("socks5://[::1]:1", Ok((ProxyKind::Socks5, "::1", 1, None)));
        check("socks5h://me:p%40ss@p", Ok((ProxyKind::Socks5, "p", 1080, Some(("me", "p@ss")))));
        check("http://:1", Err("bad host"));
        check("http://a:x", Err("bad port"));
        check("ftp://a", Err("unknown scheme"));
        check("https://a", Err("TLS to the proxy"));
    }

    #[test]
    fn words() {
        assert_eq!(parse_proxy("none"), Ok(Proxy::Direct));
        assert_eq!(parse_proxy("Environment"), Ok(Proxy::Environment));
        assert!(!parse_proxy("ftp://me:secret@h").unwrap_err().contains("secret"));
    }
}
