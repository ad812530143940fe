//! What a request inherits from the layers round it (collection, environment, folders), and which layer each part is
//! from.
//!
//! Must not know: files, network, UI.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::auth::auth_draft;
use super::convert::{rows, settings_draft, tls_draft};
use super::file::Defaults;
use crate::request::{AuthDraft, MetadataRow, Origin, Place, Scope, TlsPart};

/// Variables and defaults of one layer, and what it is called.
pub(super) type Layer<'a> = (&'a Map<String, Value>, &'a Defaults, Origin);

/// What stands in such layers, the outermost first, inherits.
pub(super) fn scope(folder: PathBuf, layers: &[Layer<'_>]) -> Scope {
    let mut scope = Scope { folder, ..Scope::default() };
    for (variables, defaults, origin) in layers {
        apply(&mut scope, variables, defaults, origin);
    }
    for (index, row) in scope.metadata.iter().enumerate() {
        let says = |(_, defaults, _): &&Layer<'_>| rows(&defaults.metadata).iter().any(|own| same_name(own, row));
        if let Some((_, _, origin)) = layers.iter().rev().find(says) {
            scope.sources.push((Place::Metadata(index), origin.clone()));
        }
    }
    scope
}

/// Puts a layer over what is inherited so far.
fn apply(scope: &mut Scope, variables: &Map<String, Value>, defaults: &Defaults, origin: &Origin) {
    let mut says = |place| scope.sources.push((place, origin.clone()));
    if !defaults.target.is_empty() {
        scope.target.clone_from(&defaults.target);
        says(Place::Target);
    }
    if !defaults.timeout.is_empty() {
        scope.timeout.clone_from(&defaults.timeout);
        says(Place::Timeout);
    }
    if !defaults.connect_timeout.is_empty() {
        scope.connect_timeout.clone_from(&defaults.connect_timeout);
        says(Place::ConnectTimeout);
    }
    let settings = settings_draft(&defaults.settings);
    settings.iter().for_each(|(setting, _)| says(Place::Setting(setting)));
    scope.settings = settings.over(&scope.settings);
    let auth = auth_draft(defaults.auth.as_ref());
    if auth != AuthDraft::Inherit {
        scope.auth = auth;
        says(Place::Auth);
    }
    let tls = tls_draft(&defaults.tls);
    TlsPart::ALL.into_iter().filter(|part| tls.sets(*part)).for_each(|part| says(Place::Tls(part)));
    scope.tls = tls.over(&scope.tls);
    let own = rows(&defaults.metadata);
    scope.metadata.retain(|row| !own.iter().any(|own| same_name(own, row)));
    scope.metadata.extend(own);
    // The first of a name wins.
    let own = variables.iter().map(|(name, value)| (name.clone(), variable_text(value)));
    scope.variables = own.chain(std::mem::take(&mut scope.variables)).collect();
    let own = variables.keys().map(|name| (name.clone(), origin.clone()));
    scope.origins = own.chain(std::mem::take(&mut scope.origins)).collect();
}

fn same_name(one: &MetadataRow, other: &MetadataRow) -> bool {
    one.name.trim().eq_ignore_ascii_case(other.name.trim())
}

fn variable_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Setting;

    #[test]
    fn each_part_is_told_from_the_innermost_layer_that_has_it() {
        let defaults = |text: &str| serde_json::from_str::<Defaults>(text).unwrap();
        let none = Map::new();
        let outer = defaults(
            r#"{"target": "a:1", "timeout": "1s", "metadata": [["x", "1"], ["y", "1"]],
                "settings": {"userAgent": "a", "proxy": "none"}, "tls": {"mode": "tls"}}"#,
        );
        let inner = defaults(r#"{"timeout": "2s", "metadata": [["X", "2"]], "settings": {"proxy": "environment"}}"#);
        let [collection, folder] = [Origin::Collection("c".to_owned()), Origin::Folder("f".to_owned())];
        let layers = [(&none, &outer, collection.clone()), (&none, &inner, folder.clone())];
        let scope = scope(PathBuf::new(), &layers);
        let check = |place: Place, expected: Option<&Origin>| assert_eq!(scope.source(&place), expected, "{place:?}");
        check(Place::Target, Some(&collection));
        check(Place::Timeout, Some(&folder));
        check(Place::ConnectTimeout, None);
        check(Place::Setting(Setting::UserAgent), Some(&collection));
        check(Place::Setting(Setting::Proxy), Some(&folder));
        check(Place::Tls(TlsPart::Mode), Some(&collection));
        check(Place::Tls(TlsPart::Ca), None);
        check(Place::Auth, None);
        // `y` comes first: it was there before the inner layer gave `X` anew.
        check(Place::Metadata(0), Some(&collection));
        check(Place::Metadata(1), Some(&folder));
    }
}
