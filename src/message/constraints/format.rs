//! The formats that rules ask for by name: `email`, `hostname`, `uuid` and so on.
//!
//! Must not know: where rules come from.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

/// Bytes that the name of a host may have.
const LONGEST_HOST: usize = 253;
/// Bytes that a part of it may have.
const LONGEST_LABEL: usize = 63;

/// A format with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Email,
    Hostname,
    Ip,
    Ipv4,
    Ipv6,
    Uri,
    UriRef,
    Address,
    Uuid,
    Tuuid,
    Ulid,
    IpWithPrefixLength,
    Ipv4WithPrefixLength,
    Ipv6WithPrefixLength,
    IpPrefix,
    Ipv4Prefix,
    Ipv6Prefix,
    HostAndPort,
    /// Name of an HTTP header; strict takes its characters only, else anything but line ends and NUL.
    HeaderName {
        strict: bool,
    },
    /// Value of an HTTP header, likewise.
    HeaderValue {
        strict: bool,
    },
}

impl Format {
    /// The format that a rule of that name asks for.
    pub(super) fn of(rule: &str) -> Option<Self> {
        Some(match rule {
            "email" => Self::Email,
            "hostname" => Self::Hostname,
            "ip" => Self::Ip,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "uri" => Self::Uri,
            "uri_ref" => Self::UriRef,
            "address" => Self::Address,
            "uuid" => Self::Uuid,
            "tuuid" => Self::Tuuid,
            "ulid" => Self::Ulid,
            "ip_with_prefixlen" => Self::IpWithPrefixLength,
            "ipv4_with_prefixlen" => Self::Ipv4WithPrefixLength,
            "ipv6_with_prefixlen" => Self::Ipv6WithPrefixLength,
            "ip_prefix" => Self::IpPrefix,
            "ipv4_prefix" => Self::Ipv4Prefix,
            "ipv6_prefix" => Self::Ipv6Prefix,
            "host_and_port" => Self::HostAndPort,
            _ => return None,
        })
    }

    /// The key of what it is called.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Email => "rule-email",
            Self::Hostname => "rule-hostname",
            Self::Ip => "rule-ip",
            Self::Ipv4 => "rule-ipv4",
            Self::Ipv6 => "rule-ipv6",
            Self::Uri => "rule-uri",
            Self::UriRef => "rule-uri-ref",
            Self::Address => "rule-address",
            Self::Uuid => "rule-uuid",
            Self::Tuuid => "rule-tuuid",
            Self::Ulid => "rule-ulid",
            Self::IpWithPrefixLength => "rule-ip-with-prefix-length",
            Self::Ipv4WithPrefixLength => "rule-ipv4-with-prefix-length",
            Self::Ipv6WithPrefixLength => "rule-ipv6-with-prefix-length",
            Self::IpPrefix => "rule-ip-prefix",
            Self::Ipv4Prefix => "rule-ipv4-prefix",
            Self::Ipv6Prefix => "rule-ipv6-prefix",
            Self::HostAndPort => "rule-host-and-port",
            Self::HeaderName { .. } => "rule-header-name",
            Self::HeaderValue { .. } => "rule-header-value",
        }
    }

    /// Whether a text has it.
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Email => is_match(&EMAIL, text),
            Self::Hostname => is_hostname(text),
            Self::Ip => is_ipv4(text) || is_ipv6(text),
            Self::Ipv4 => is_ipv4(text),
            Self::Ipv6 => is_ipv6(text),
            Self::Uri => is_match(&URI, text),
            Self::UriRef => is_match(&URI, text) || is_match(&URI_REF, text),
            Self::Address => is_hostname(text) || is_ipv4(text) || is_ipv6(text),
            Self::Uuid => is_match(&UUID, text),
            Self::Tuuid => text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Self::Ulid => is_match(&ULID, text),
            Self::IpWithPrefixLength => has_prefix(text, true, true, false),
            Self::Ipv4WithPrefixLength => has_prefix(text, true, false, false),
            Self::Ipv6WithPrefixLength => has_prefix(text, false, true, false),
            Self::IpPrefix => has_prefix(text, true, true, true),
            Self::Ipv4Prefix => has_prefix(text, true, false, true),
            Self::Ipv6Prefix => has_prefix(text, false, true, true),
            Self::HostAndPort => is_host_and_port(text, true),
            Self::HeaderName { strict: true } => is_match(&HEADER_NAME, text),
            Self::HeaderName { strict: false } => !text.is_empty() && !text.contains(['\0', '\n', '\r']),
            Self::HeaderValue { strict: true } => {
                !text.chars().any(|c| matches!(c, '\0'..='\u{8}' | '\n'..='\u{1f}' | '\u{7f}'))
            }
            Self::HeaderValue { strict: false } => !text.contains(['\0', '\n', '\r']),
        }
    }

    /// Whether bytes have it, which stand for an address or an id as such.
    pub(super) const fn fits_bytes(self, bytes: &[u8]) -> bool {
        match self {
            Self::Ip => matches!(bytes.len(), 4 | 16),
            Self::Ipv4 => bytes.len() == 4,
            Self::Ipv6 | Self::Uuid => bytes.len() == 16,
            _ => true,
        }
    }
}

/// A pattern that is part of the program, made when it is first wanted; a test makes each.
type Pattern = LazyLock<Option<Regex>>;

fn is_match(pattern: &Pattern, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

static EMAIL: Pattern = LazyLock::new(|| {
    Regex::new(
        "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\
         (?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
    )
    .ok()
});
/// RFC 3986, without telling the parts of an authority apart.
static URI: Pattern =
    LazyLock::new(|| Regex::new(&format!("^[a-zA-Z][a-zA-Z0-9+.-]*:{HIERARCHY}(?:\\?{QUERY})?(?:#{QUERY})?$")).ok());
static URI_REF: Pattern = LazyLock::new(|| {
    // The first part of a relative path has no colon: it would be a scheme.
    Regex::new(&format!("^(?:{AUTHORITY}{PATH}|/{PATH}|{NO_COLON}*(?:/{PATH})?)(?:\\?{QUERY})?(?:#{QUERY})?$")).ok()
});
static UUID: Pattern =
    LazyLock::new(|| Regex::new("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$").ok());
static ULID: Pattern = LazyLock::new(|| Regex::new("^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$").ok());
static HEADER_NAME: Pattern = LazyLock::new(|| Regex::new("^:?[0-9a-zA-Z!#$%&'*+\\-.^_|~`]+$").ok());

const HIERARCHY: &str = "(?://[a-zA-Z0-9._~!$&'()*+,;=:@%\\[\\]-]*(?:/(?:[a-zA-Z0-9._~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*)?\
                         |(?:[a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2}|/)*)";
const AUTHORITY: &str = "//[a-zA-Z0-9._~!$&'()*+,;=:@%\\[\\]-]*";
const PATH: &str = "(?:[a-zA-Z0-9._~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*";
const NO_COLON: &str = "(?:[a-zA-Z0-9._~!$&'()*+,;=@-]|%[0-9a-fA-F]{2})";
const QUERY: &str = "(?:[a-zA-Z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-fA-F]{2})*";

pub(super) fn is_hostname(text: &str) -> bool {
    if text.len() > LONGEST_HOST {
        return false;
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last_is_number = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    text.split('.').all(is_label) && !last_is_number
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// A zone may follow the address.
fn is_ipv6(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

/// An address with the length of its prefix; with `strict` no bit is set behind the prefix.
pub(super) fn has_prefix(text: &str, four: bool, six: bool, strict: bool) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let is_plain = length == "0" || !(length.is_empty() || length.starts_with(['0', '+']));
    let Some(length) = length.parse::<u32>().ok().filter(|_| is_plain) else { return false };
    let (bits, width) = if let Ok(address) = address.parse::<Ipv4Addr>() {
        if !four {
            return false;
        }
        (u128::from(u32::from(address)) << 96, 32)
    } else if let Ok(address) = address.parse::<Ipv6Addr>() {
        if !six {
            return false;
        }
        (u128::from(address), 128)
    } else {
        return false;
    };
    length <= width && (!strict || bits.checked_shl(length).unwrap_or(0) == 0)
}

/// `host:port`, or `[IPv6]:port`; the port may be missing where it need not be there.
pub(super) fn is_host_and_port(text: &str, port_needed: bool) -> bool {
    let is_port = |port: &str| {
        let is_plain = port == "0" || !port.starts_with(['0', '+']);
        is_plain && port.parse::<u16>().is_ok()
    };
    if let Some(rest) = text.strip_prefix('[') {
        let Some((host, rest)) = rest.rsplit_once(']') else { return false };
        let port = rest.strip_prefix(':');
        return is_ipv6(host) && (port.is_some_and(is_port) || (rest.is_empty() && !port_needed));
    }
    match text.split_once(':') {
        Some((host, port)) => (is_hostname(host) || is_ipv4(host)) && is_port(port),
        None => !port_needed && (is_hostname(text) || is_ipv4(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: &str, fitting: &[&str], others: &[&str]) {
        let format = Format::of(rule).unwrap();
        for text in fitting {
            assert!(format.fits(text), "{rule}: {text}");
        }
        for text in others {
            assert!(!format.fits(text), "{rule}: {text}");
        }
    }

    #[test]
    fn formats() {
        check("email", &["a@b", "first.last+tag@sub.example.com"], &["", "a", "a@", "a@-b.c", "a b@c.d", "a@b\n"]);
        check(
            "hostname",
            &["a", "example.com", "example.com.", "xn--a-1.b"],
            &["", ".", "a..b", "-a", "a_b", "1.2.3.4"],
        );
        check("ip", &["127.0.0.1", "::1", "fe80::1%eth0"], &["", "1.2.3", "01.2.3.4", "::g", "fe80::1%"]);
        check("ipv4", &["127.0.0.1"], &["::1"]);
        check("ipv6", &["::1"], &["127.0.0.1"]);
        check(
            "uri",
            &["https://a.b/c?d=e#f", "urn:a:b", "mailto:a@b.c"],
            &["", "a", "//a/b", "http://a b", "http://a/%zz"],
        );
        check("uri_ref", &["https://a.b", "./a/b", "//a/b", "/a?b", "", "#x"], &["a b", "%zz"]);
        check("address", &["a.b", "::1"], &["", "a b"]);
        check("uuid", &["123e4567-e89b-12d3-a456-426614174000"], &["", "123e4567e89b12d3a456426614174000", "x"]);
        check("tuuid", &["123e4567e89b12d3a456426614174000"], &["123e4567-e89b-12d3-a456-426614174000"]);
        check("ulid", &["01ARZ3NDEKTSV4RRFFQ69G5FAV"], &["81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FA"]);
        check(
            "ip_with_prefixlen",
            &["10.1.2.3/8", "::1/128"],
            &["10.1.2.3", "10.1.2.3/33", "10.1.2.3/08", "10.1.2.3/"],
        );
        check("ipv4_with_prefixlen", &["10.1.2.3/8"], &["::1/128"]);
        check("ip_prefix", &["10.0.0.0/8", "0.0.0.0/0", "::/0"], &["10.1.0.0/8", "::1/127"]);
        check("ipv6_prefix", &["2001:db8::/32"], &["10.0.0.0/8", "2001:db8::1/32"]);
        check(
            "host_and_port",
            &["a.b:1", "[::1]:65535", "1.2.3.4:0"],
            &["a.b", "a.b:65536", "::1:80", "a.b:01", "[::1]"],
        );
        assert_eq!(Format::of("min_len"), None);
    }

    #[test]
    fn headers() {
        let name = |strict, text| Format::HeaderName { strict }.fits(text);
        assert!(name(true, ":authority") && name(true, "x-a") && name(false, "x a"));
        assert!(!name(true, "x a") && !name(true, "") && !name(false, "a\nb"));
        let value = |strict, text| Format::HeaderValue { strict }.fits(text);
        assert!(value(true, "") && value(true, "a\tb") && value(false, "a\u{1}"));
        assert!(!value(true, "a\u{1}") && !value(false, "a\r"));
    }
}
