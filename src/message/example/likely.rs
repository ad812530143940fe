//! Values that a field of a name might hold.
//!
//! Must not know: types beyond text and number, rules.

use jiff::{SignedDuration, Timestamp};

/// Texts by the words of a name: the first line that has one of them counts.
const TEXTS: &[(&[&str], &str)] = &[
    (&["page_token", "next_page_token", "cursor", "continuation"], ""),
    (&["email", "mail", "e_mail"], "ada@example.com"),
    (&["phone", "telephone", "mobile", "fax", "msisdn"], "+44 20 7946 0000"),
    (&["image_url", "avatar", "photo", "picture", "thumbnail"], "https://example.com/picture.png"),
    (&["url", "uri", "link", "website", "homepage", "href", "webhook"], "https://example.com/"),
    (&["uuid", "guid", "request_id", "trace_id", "correlation_id", "idempotency_key"], UUID),
    (&["sha256", "digest", "checksum", "sha"], SHA256),
    (&["sha1", "commit", "revision"], "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    (&["md5", "etag"], "d41d8cd98f00b204e9800998ecf8427e"),
    (&["hash"], SHA256),
    (&["ipv6"], "2001:db8::1"),
    (&["ip", "ipv4", "ip_address", "peer_address", "remote_addr"], "192.0.2.1"),
    (&["cidr", "subnet"], "192.0.2.0/24"),
    (&["mac", "mac_address"], "00:00:5e:00:53:01"),
    (&["host", "hostname", "domain", "server"], "example.com"),
    (&["endpoint", "addr"], "example.com:443"),
    (&["sku"], "B-77"),
    (&["isbn"], "978-3-16-148410-0"),
    (&["iban"], "GB33BUKB20201555555555"),
    (&["currency", "currency_code"], "EUR"),
    (&["country", "country_code", "region_code", "nationality"], "GB"),
    (&["language", "locale", "lang", "language_code"], "en-GB"),
    (&["timezone", "time_zone", "tz"], "Europe/London"),
    (&["city", "town", "locality"], "London"),
    (&["state", "province"], "Greater London"),
    (&["region", "location", "zone"], "europe-west2"),
    (&["street", "address", "address_line"], "12 St James's Square"),
    (&["postcode", "postal_code", "zip", "zip_code", "postal"], "SW1Y 4JH"),
    (&["first_name", "given_name", "firstname"], "Ada"),
    (&["last_name", "family_name", "surname", "lastname"], "Lovelace"),
    (&["full_name", "display_name", "customer_name"], "Ada Lovelace"),
    (&["company", "organization", "organisation", "vendor"], "Example Ltd"),
    (&["username", "user_name", "login", "nickname", "handle"], "ada"),
    (&["mime_type", "content_type", "media_type"], "text/plain"),
    (&["filename", "file_name", "file"], "january.txt"),
    (&["path", "directory", "folder"], "reports/january.txt"),
    (&["bucket", "namespace", "project", "project_id", "tenant", "cluster"], "example"),
    (&["password", "passphrase", "secret", "pin"], "correct-horse-7"),
    (&["token", "api_key", "credential"], "example-token"),
    (&["colour", "color"], "#3366cc"),
    (&["version", "semver"], "1.0.0"),
    (&["order_by", "sort_by"], "name"),
    (&["filter", "where"], "name = \"example\""),
    (&["query", "search", "q", "keyword"], "example"),
    (&["regex", "pattern"], ".*"),
    (&["time", "timestamp", "datetime", "at"], TIME),
    (&["date", "day", "birthday"], DATE),
    (&["duration", "timeout", "ttl", "interval"], "30s"),
    (&["title", "subject", "headline", "caption"], "A title"),
    (&["description", "comment", "note", "message", "text", "body", "summary", "reason", "detail"], "A short text"),
    (&["user", "customer", "owner", "author", "person", "name", "sender", "recipient", "from", "to"], "Ada"),
    (&["key"], "key"),
    (&["tag", "label", "topic", "category"], "example"),
];

const UUID: &str = "123e4567-e89b-42d3-a456-426614174000";
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Stands for the time of the example.
const TIME: &str = "{time}";
/// Stands for its day.
const DATE: &str = "{date}";

const FRACTIONS: &[(&[&str], &str)] = &[
    (&["lat", "latitude"], "51.5074"),
    (&["lon", "lng", "long", "longitude"], "-0.1278"),
    (&["price", "amount", "total", "cost", "fee", "balance"], "9.99"),
    (&["ratio", "rate", "score", "probability", "confidence", "weight", "alpha"], "0.5"),
    (&["percent", "percentage"], "50"),
    (&["temperature", "celsius"], "21.5"),
    (&["altitude", "height", "width", "length", "distance"], "12.5"),
];

const WHOLES: &[(&[&str], &str)] = &[
    (&["year"], "2026"),
    (&["month"], "1"),
    (&["day"], "31"),
    (&["hour"], "9"),
    (&["age"], "36"),
    (&["page_size", "limit", "max", "max_results", "top"], "10"),
    (&["page", "page_number"], "1"),
    (&["offset", "skip", "index", "position"], "0"),
    (&["port"], "8080"),
    (&["nanos", "nanoseconds"], "0"),
    (&["units"], "9"),
    (&["cents", "price", "amount", "total", "cost"], "999"),
    (&["count", "quantity", "qty", "number"], "2"),
    (&["percent", "percentage"], "50"),
    (&["size", "bytes", "length"], "1024"),
    (&["width"], "640"),
    (&["height"], "480"),
    (&["id"], "1001"),
    (&["retries", "attempts", "priority"], "3"),
    (&["timeout", "ttl", "seconds"], "30"),
    (&["http_status", "status_code"], "200"),
];

/// The words of a name, `_first_name_` for `firstName`.
fn words(name: &str) -> String {
    let mut words = String::from("_");
    let mut lower = false;
    for char in name.chars() {
        if char.is_uppercase() && lower {
            words.push('_');
        }
        lower = char.is_lowercase() || char.is_numeric();
        words.extend(char.to_lowercase());
    }
    words.push('_');
    words
}

fn has(words: &str, word: &str) -> bool {
    words.contains(&format!("_{word}_")) || words.contains(&format!("_{word}s_"))
}

fn find(table: &[(&[&str], &'static str)], words: &str) -> Option<&'static str> {
    table.iter().find(|(names, _)| names.iter().any(|name| has(words, name))).map(|(_, value)| *value)
}

/// A text for a field of that name.
pub(super) fn text(name: &str, now: Timestamp) -> String {
    let words = words(name);
    // What a name ends in says more than what it begins with, an id above all.
    if words.ends_with("_id_") && find(&TEXTS[..6], &words) != Some(UUID) {
        return match words.trim_matches('_').strip_suffix("_id") {
            Some(of) => format!("{}-1", of.replace('_', "-")),
            None => "id-1".to_owned(),
        };
    }
    match find(TEXTS, &words) {
        Some(TIME) => time(name, now).to_string(),
        Some(DATE) => now.strftime("%Y-%m-%d").to_string(),
        Some(text) => text.to_owned(),
        None => "example".to_owned(),
    }
}

/// A number with a fraction for a field of that name.
pub(super) fn fraction(name: &str) -> &'static str {
    find(FRACTIONS, &words(name)).unwrap_or("1.5")
}

/// A whole number; `wide`: there is room for 64 bits.
pub(super) fn whole(name: &str, wide: bool, now: Timestamp) -> String {
    let words = words(name);
    let any = |names: &[&str]| names.iter().any(|name| has(&words, name));
    let stands_for_time = any(&["timestamp", "at", "unix", "epoch", "time"]);
    if wide && (any(&["epoch_ms", "unix_ms"]) || (stands_for_time && any(&["millis", "ms", "milliseconds"]))) {
        return time(name, now).as_millisecond().to_string();
    }
    if any(&["millis", "ms", "milliseconds"]) {
        return "1500".to_owned();
    }
    if stands_for_time {
        return time(name, now).as_second().to_string();
    }
    find(WHOLES, &words).unwrap_or("1").to_owned()
}

/// A time near now: what has begun or was made lies behind, what ends lies ahead.
pub(super) fn time(name: &str, now: Timestamp) -> Timestamp {
    let words = words(name);
    let any = |names: &[&str]| names.iter().any(|name| has(&words, name));
    let days = if any(&["end", "expire", "expiry", "expiration", "expires", "until", "deadline", "due", "ends"]) {
        1
    } else if any(&["create", "created", "birth", "purged"]) {
        -7
    } else if any(&["update", "updated", "start", "begin", "since", "starts"]) {
        -1
    } else {
        0
    };
    let hour = Timestamp::from_second(now.as_second() / 3600 * 3600).unwrap_or(now);
    hour.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T10:34:56Z".parse().unwrap()
    }

    #[test]
    fn texts_go_by_the_words_of_a_name() {
        let check = |name: &str, expected: &str| assert_eq!(text(name, now()), expected, "{name}");
        check("email", "ada@example.com");
        check("contact_emails", "ada@example.com");
        check("userId", "user-1");
        check("id", "id-1");
        check("request_id", UUID);
        check("homepage_url", "https://example.com/");
        check("phone_number", "+44 20 7946 0000");
        check("cityName", "London");
        check("country_code", "GB");
        check("page_token", "");
        check("create_time", "2026-11-14T10:00:00Z");
        check("start_date", "2026-11-21");
        check("latency_description", "A short text");
        check("peer_ip", "192.0.2.1");
        check("recipe", "example");
        check("preferredLocale", "en-GB");
        check("content_sha256", SHA256);
        check("api_version", "1.0.0");
        check("filter", "name = \"example\"");
        check("名", "example");
    }

    #[test]
    fn numbers_too() {
        assert_eq!(fraction("pickup_latitude"), "51.5074");
        assert_eq!(fraction("latency"), "1.5");
        assert_eq!(fraction("unit_price"), "9.99");
        let check = |name: &str, wide: bool, expected: &str| assert_eq!(whole(name, wide, now()), expected, "{name}");
        check("page_size", false, "10");
        check("created_at", true, "1794650400");
        check("created_at_ms", true, "1794650400000");
        check("timeout_ms", false, "1500");
        check("total_cents", true, "999");
        check("package", false, "1");
    }

    #[test]
    fn ends_lie_ahead() {
        let name = |name: &str| time(name, now()).to_string();
        assert_eq!(name("expire_time"), "2026-11-22T10:00:00Z");
        assert_eq!(name("updated_at"), "2026-11-20T10:00:00Z");
        assert_eq!(name("instant"), "2026-11-21T10:00:00Z");
    }
}
