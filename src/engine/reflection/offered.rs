//! What a server has in place of a method that it does not implement, from its reflection.
//!
//! Must not know: who asks, how it is shown.

use std::sync::Arc;

use prost::Message as _;
use prost_types::FileDescriptorProto;
use tokio::runtime::Handle;

use super::files::{Files, Wanted};
use super::session::{Reply, Session};
use super::{Asking, REFLECTION_PACKAGE, broken};
use crate::engine::ReflectionFailure;
use crate::engine::pool::Pool;
use crate::schema::{MethodPath, by_nearness, nearest};

/// So many names are told in a sentence.
const TOLD: usize = 8;

/// What a server has in place of a method that it does not implement. The sentences stand in the locale files under
/// [`Offered::key`] and [`Offered::names_key`], with [`Offered::arguments`] in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// What was called.
    pub wanted: MethodPath,
    /// What of it the server does not have.
    pub missing: Missing,
    /// What it has in its place, services (those of reflection left out) or methods of the service, the nearest first.
    pub names: Vec<String>,
    /// The one of them that is near enough to be meant.
    pub meant: Option<String>,
}

/// What of a method a server does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its service.
    Service,
    /// The method; the service is there.
    Method,
    /// Nothing, by what reflection says: it is only declared.
    Nothing,
}

impl Offered {
    fn new(wanted: MethodPath, missing: Missing, names: &[String]) -> Self {
        let name = if missing == Missing::Service { &wanted.service } else { &wanted.method };
        let known = || names.iter().map(String::as_str).filter(|name| !name.starts_with(REFLECTION_PACKAGE));
        let meant = nearest(name, known()).filter(|_| missing != Missing::Nothing).map(str::to_owned);
        let mut names: Vec<String> = by_nearness(name, known()).into_iter().map(str::to_owned).collect();
        // A name with the same end is near, whatever stands before it.
        if let Some(place) = meant.as_ref().and_then(|meant| names.iter().position(|name| name == meant)) {
            names[..=place].rotate_right(1);
        }
        Self { wanted, missing, names, meant }
    }

    /// The key of the sentence that says what is missing, and what may be meant.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match (self.missing, &self.meant) {
            (Missing::Service, Some(_)) => "offered-service-meant",
            (Missing::Service, None) => "offered-service",
            (Missing::Method, Some(_)) => "offered-method-meant",
            (Missing::Method, None) => "offered-method",
            (Missing::Nothing, _) => "offered-nothing-missing",
        }
    }

    /// The key of the sentence that names what the server has, where that helps.
    #[must_use]
    pub const fn names_key(&self) -> Option<&'static str> {
        match (self.missing, self.names.len()) {
            (Missing::Nothing, _) => None,
            (_, 0) => Some("offered-none"),
            (_, 1..=TOLD) => Some("offered-names"),
            _ => Some("offered-more-names"),
        }
    }

    /// What stands in the sentences, by name.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        let told: Vec<&str> = self.names.iter().take(TOLD).map(String::as_str).collect();
        vec![
            ("service", self.wanted.service.clone()),
            ("method", self.wanted.method.clone()),
            ("meant", self.meant.clone().unwrap_or_default()),
            ("names", told.join(", ")),
            ("count", self.names.len().saturating_sub(TOLD).to_string()),
        ]
    }
}

/// Asks the server's reflection, within the time that the asking allows.
///
/// # Errors
///
/// When it has none, or does not say.
pub(in crate::engine) async fn offered(
    runtime: Handle,
    pool: Arc<Pool>,
    asking: Asking,
    wanted: MethodPath,
) -> Result<Offered, ReflectionFailure> {
    let mut session = Session::new(runtime, pool, asking);
    let services = session.services().await?;
    if !services.contains(&wanted.service) {
        return Ok(Offered::new(wanted, Missing::Service, &services));
    }
    let methods = methods(&mut session, &wanted.service).await?;
    let missing = if methods.contains(&wanted.method) { Missing::Nothing } else { Missing::Method };
    Ok(Offered::new(wanted, missing, &methods))
}

/// The methods of a service that is there.
async fn methods(session: &mut Session, service: &str) -> Result<Vec<String>, ReflectionFailure> {
    let asked = Wanted::Service(service.to_owned());
    session.send(&asked.request());
    let answer = match session.next().await? {
        Reply::Answer(_, answer) => answer,
        Reply::Ended(outcome) => return Err(outcome.into()),
    };
    let mut files = Files::default();
    // What the file imports is not needed for names.
    let _imports = files.take(&asked, answer)?;
    for bytes in &files.bytes {
        let Ok(file) = FileDescriptorProto::decode(&**bytes) else { continue };
        let package = file.package();
        let dot = if package.is_empty() { "" } else { "." };
        let described = file.service.iter().find(|one| format!("{package}{dot}{}", one.name()) == service);
        if let Some(described) = described {
            return Ok(described.method.iter().map(|method| method.name().to_owned()).collect());
        }
    }
    Err(broken("it does not describe the service".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_what_is_near() {
        let wanted = MethodPath { service: "shop.v1.Order".to_owned(), method: "Plac".to_owned() };
        let check = |missing, names: &[&str], key: &str, names_key: Option<&str>, told: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let offered = Offered::new(wanted.clone(), missing, &names);
            assert_eq!((offered.key(), offered.names_key()), (key, names_key), "{offered:?}");
            assert_eq!(offered.names, told, "{offered:?}");
        };
        let services = ["a.Carts", "shop.v1.Orders", "grpc.reflection.v1.ServerReflection"];
        let near = ["shop.v1.Orders", "a.Carts"];
        check(Missing::Service, &services, "offered-service-meant", Some("offered-names"), &near);
        check(Missing::Service, &["a.Carts"], "offered-service", Some("offered-names"), &["a.Carts"]);
        check(Missing::Service, &services[2..], "offered-service", Some("offered-none"), &[]);
        check(Missing::Method, &["Get", "Place"], "offered-method-meant", Some("offered-names"), &["Place", "Get"]);
        check(Missing::Nothing, &["Plac"], "offered-nothing-missing", None, &["Plac"]);
        let many: Vec<String> = (10..20).map(|number| format!("x.Far{number}")).collect();
        let offered = Offered::new(wanted, Missing::Service, &many);
        assert_eq!(offered.names_key(), Some("offered-more-names"));
        assert!(offered.arguments().contains(&("count", "2".to_owned())));
    }
}
