//! What to do instead: the complaint with the known name that is near, and what stands here for a flag of grpcurl's that
//! we lack.
//!
//! Must not know: what the names are.

use crate::schema::nearest;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_near_is_offered() {
        let known = ["hello.Greeter/SayHello"];
        assert_eq!(did_you_mean("hello.Greeter/SayHelo", known), "; did you mean hello.Greeter/SayHello?");
        assert_eq!(did_you_mean("shop.Orders/Place", known), "");
    }
}
