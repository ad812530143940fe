//! The name that was probably meant, when the one given does not exist.
//!
//! Must not know: protobuf.

/// The candidate nearest to `name`, if one is near: letter case and `_` do not count, then few slips of the finger.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(name);
    // A longer name may hold more slips; a name of one or two letters is like everything.
    let limit = match wanted.len() {
        0 => return None,
        1..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = plain(candidate);
        let distance = if other.len().abs_diff(wanted.len()) <= limit { slips(&wanted, &other) } else { usize::MAX };
        // The end of a long name, as in `LOW` for `PRIORITY_LOW` or `PlaceOrder` for `shop.v1.Shop/PlaceOrder`.
        let distance = if distance > limit && wanted.len() >= 3 && other.ends_with(&wanted) { limit } else { distance };
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|&letter| letter != '_' && letter != '-').flat_map(char::to_lowercase).collect()
}

/// How many letters must be added, removed, changed or swapped with their neighbour.
fn slips(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut line = Vec::with_capacity(to.len() + 1);
        line.push(row + 1);
        for (column, other) in to.iter().enumerate() {
            let mut least =
                (above[column] + usize::from(letter != other)).min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other {
                least = least.min(before[column - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest() {
        let check = |name: &str, candidates: &[&'static str], expected: Option<&str>| {
            assert_eq!(did_you_mean(name, candidates.iter().copied()), expected, "{name}");
        };
        check("nmae", &["count", "name"], Some("name"));
        check("order_id", &["name", "orderId"], Some("orderId"));
        check("LOW", &["PRIORITY_HIGH", "PRIORITY_LOW"], Some("PRIORITY_LOW"));
        check("PlaceOrdr", &["PlaceOrder", "WatchOrder"], Some("PlaceOrder"));
        check("x", &["y", "X"], Some("X"));
        check("x", &["y"], None);
        check("zebra", &["name"], None);
        check("", &["name"], None);
    }
}
