//! Which known name is nearest to one that is not known: full names of services, methods and messages.
//!
//! Must not know: what the names are for.

/// The names that are known, the nearest first.
#[must_use]
pub fn by_nearness<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = fold(wanted);
    let mut ranked: Vec<(Cost, &str)> = known.into_iter().map(|name| (cost(&folded, name), name)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// The nearest name, if it is near enough to be meant: one with the same last part first (a forgotten package, another
/// one), else the one with the fewest changed characters, at most a third of them.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(wanted);
    let most = folded.chars().count().max(3);
    let near = known.into_iter().map(|name| (cost(&folded, name), name)).filter(|((cost, _), _)| cost * 3 <= most);
    near.min().map(|(_, name)| name)
}

/// How far a name is, and among those that are as far, how many characters are changed.
type Cost = (usize, usize);

/// How far a name is from the one that is wanted, which is folded.
fn cost(folded: &str, name: &str) -> Cost {
    let candidate = fold(name);
    let distance = distance(folded, &candidate);
    if candidate.ends_with(&format!(".{folded}")) {
        return (0, distance);
    }
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned).filter(|part| !part.is_empty());
    let same_end = last(folded).is_some() && last(folded) == last(&candidate);
    (if same_end { distance.min(1) } else { distance }, distance)
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
        let check = |wanted, expected: Option<&str>| assert_eq!(nearest(wanted, known), expected, "{wanted}");
        check("hello.Greeter/SayHelo", Some("hello.Greeter/SayHello"));
        check("Greeter.LotsOfReplies", Some("hello.Greeter/LotsOfReplies"));
        check("LOTSOFREPLIES", Some("hello.Greeter/LotsOfReplies"));
        check("hello.greeter.sayhello", Some("hello.Greeter/SayHello"));
        check("acme.v2.Greeter/LotsOfReplies", Some("hello.Greeter/LotsOfReplies"));
        check("helloworld.Greter/SayHello", Some("helloworld.Greeter/SayHello"));
        check("shop.Orders/Place", None);
        check("", None);
    }

    #[test]
    fn the_nearest_come_first() {
        let known = ["a.Zoo", "shop.v1.Carts", "shop.v1.Orders", "shop.v2.Order"];
        let expected = ["shop.v1.Orders", "shop.v2.Order", "shop.v1.Carts", "a.Zoo"];
        assert_eq!(by_nearness("shop.v1.Order", known), expected);
    }
}
