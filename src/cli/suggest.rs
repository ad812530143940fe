//! What to do instead: the known name nearest to one that is not known, and what stands here for a flag of grpcurl's that
//! we lack.
//!
//! Must not know: what the names are.

/// Flags of grpcurl that we have not, and what there is to say about them.
const LACKING: &[(&str, &str)] = &[
    ("allow-unknown-fields", "take the fields that the type does not have out of the message"),
    ("alts", ALTS),
    ("alts-handshaker-service", ALTS),
    ("alts-target-service-account", ALTS),
    ("format-error", "the details of a status are always decoded, on standard error"),
    ("xds", "an xds target needs a control plane: write host:port, or several addresses as ipv4:a:p,b:p"),
];

const ALTS: &str = "ALTS works between Google's own machines only; TLS is the default, --plaintext does without";

/// The complaint about a flag that grpcurl has and we have not.
pub(super) fn lacking_flag(name: &str) -> Option<String> {
    let (flag, instead) = LACKING.iter().find(|(flag, _)| *flag == name)?;
    Some(format!("there is no --{flag} here: {instead}"))
}

/// `; did you mean X?` for the known name that is near enough to the wanted one, else nothing.
pub(super) fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known).map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// The nearest name: one with the same last part first (a forgotten package), else the one with the fewest changed
/// characters, at most a third of them.
fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(wanted);
    known
        .into_iter()
        .filter_map(|name| {
            let candidate = fold(name);
            let suffix = candidate.ends_with(&format!(".{folded}"));
            let distance = if suffix { 0 } else { distance(&folded, &candidate) };
            (distance * 3 <= folded.chars().count().max(3)).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// Case and the separator of the method do not tell names apart.
fn fold(name: &str) -> String {
    name.replace('/', ".").to_lowercase()
}

/// How many characters must be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = changed.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_changes() {
        let check = |a, b, expected| assert_eq!(distance(a, b), expected, "{a} {b}");
        check("", "", 0);
        check("", "abc", 3);
        check("abc", "", 3);
        check("kitten", "sitting", 3);
        check("问候", "问好", 1);
    }

    #[test]
    fn finds_the_nearest() {
        let known = ["hello.Greeter/SayHello", "hello.Greeter/LotsOfReplies", "helloworld.Greeter/SayHello"];
        let check = |wanted, expected: &str| assert_eq!(did_you_mean(wanted, known), expected, "{wanted}");
        check("hello.Greeter/SayHelo", "; did you mean hello.Greeter/SayHello?");
        check("Greeter.LotsOfReplies", "; did you mean hello.Greeter/LotsOfReplies?");
        check("LOTSOFREPLIES", "; did you mean hello.Greeter/LotsOfReplies?");
        check("hello.greeter.sayhello", "; did you mean hello.Greeter/SayHello?");
        check("shop.Orders/Place", "");
        check("", "");
    }
}
