//! Which of several failures is told, when more than one way to a server was tried. All of them are told as steps.
//!
//! Must not know: how a connection is opened.

use crate::engine::{Cause, TlsCause};

/// What kept an address from being of use, the more telling the later.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    /// Nobody was there.
    Silence,
    /// Somebody was there to refuse.
    Refusal,
    /// Somebody was there and went away.
    Break,
    /// Somebody was there and is not what was looked for.
    Meeting,
}

fn telling(cause: &Cause) -> Telling {
    match cause {
        Cause::ConnectTimeout { .. }
        | Cause::Network { .. }
        | Cause::NameNotFound { .. }
        | Cause::NameLookUp { .. } => Telling::Silence,
        Cause::Refused { .. } => Telling::Refusal,
        Cause::ConnectionLost { .. } | Cause::NotHttp2 { .. } | Cause::Tls(TlsCause::Closed { .. }) => Telling::Break,
        _ => Telling::Meeting,
    }
}

/// Whether it would be the same with every other address.
pub(super) fn is_own(cause: &Cause) -> bool {
    match cause {
        Cause::Tls(cause) => cause.is_own(),
        Cause::BadProxy { .. } | Cause::Internal { .. } => true,
        _ => false,
    }
}

/// The failure to tell of one address, the first of the most telling.
pub(super) fn most_telling(failures: Vec<Cause>) -> Cause {
    // The last of several that are equal is the maximum.
    failures.into_iter().rev().max_by_key(telling).unwrap_or_else(no_address)
}

/// The failure to tell of several addresses: all of them, unless somebody was met at one.
pub(super) fn of_addresses(mut failures: Vec<(String, Cause)>) -> Cause {
    let is_met = |(_, cause): &(String, Cause)| telling(cause) > Telling::Refusal;
    if failures.len() == 1 || failures.iter().any(is_met) {
        return most_telling(failures.drain(..).map(|(_, cause)| cause).collect());
    }
    if failures.is_empty() {
        return no_address();
    }
    let each: Vec<String> = failures.iter().map(|(address, cause)| format!("{address}: {}", reason(cause))).collect();
    Cause::NoAddress { count: failures.len(), detail: each.join("; ") }
}

fn no_address() -> Cause {
    Cause::Internal { detail: "no address to connect to".to_owned() }
}

/// Without the address, which stands beside it.
fn reason(cause: &Cause) -> String {
    match cause {
        Cause::Refused { .. } => "connection refused".to_owned(),
        Cause::ConnectTimeout { .. } => "no answer in time".to_owned(),
        Cause::Network { detail, .. } => detail.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Cause {
        Cause::Refused { address: address.to_owned() }
    }

    fn late(address: &str) -> Cause {
        Cause::ConnectTimeout { address: address.to_owned() }
    }

    #[test]
    fn the_first_of_the_most_telling_is_told() {
        let lost = |detail: &str| Cause::ConnectionLost { detail: detail.to_owned() };
        let tls = Cause::WantsTls { address: "c".to_owned() };
        assert_eq!(most_telling(vec![late("a"), refused("b"), refused("c")]), refused("b"));
        assert_eq!(most_telling(vec![lost("a"), refused("b"), lost("c")]), lost("a"));
        assert_eq!(most_telling(vec![lost("a"), tls.clone(), refused("c")]), tls);
    }

    #[test]
    fn addresses_are_told_together_unless_somebody_was_met() {
        let told = |failures: &[Cause]| {
            of_addresses(
                failures.iter().zip(["a", "b"]).map(|(cause, name)| (name.to_owned(), cause.clone())).collect(),
            )
        };
        assert_eq!(told(&[refused("a")]), refused("a"));
        let detail = "a: connection refused; b: no answer in time".to_owned();
        assert_eq!(told(&[refused("a"), late("b")]), Cause::NoAddress { count: 2, detail });
        let tls = Cause::WantsTls { address: "b".to_owned() };
        assert_eq!(told(&[refused("a"), tls.clone()]), tls);
        assert!(matches!(told(&[]), Cause::Internal { .. }));
    }
}
