//! Every text of the interface, from `assets/locales/*.ftl` (Fluent), in the language of the system or of the settings.
//!
//! The drawing code asks for each text in every frame, so [`Text::get`] is one look-up in a map and allocates nothing.
//!
//! Must not know: anything of the program.

use std::collections::HashMap;
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

/// A value put into a text: made from strings and every number type with `.into()`.
pub use fluent_bundle::FluentValue as Arg;

/// A language that the interface speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English: complete by definition, the others fall back to it.
    #[default]
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Language {
    /// Every language, in the order in which the settings offer them.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[Self::En, Self::ZhCn]
    }

    /// Its BCP 47 tag, as settings files hold it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "简体中文",
        }
    }

    /// The first language of the system's list that the interface speaks, else English.
    #[must_use]
    pub fn of_system() -> Self {
        Self::negotiate(sys_locale::get_locales())
    }

    /// The first of the wanted tags that the interface speaks. Every Chinese locale gets Chinese: to a reader of
    /// traditional characters the simplified ones are nearer than English.
    fn negotiate(wanted: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let wanted: Vec<LanguageIdentifier> = wanted.into_iter().filter_map(|tag| tag.as_ref().parse().ok()).collect();
        // Without script and region a tag stands for all of its language.
        let spoken: Vec<LanguageIdentifier> = Self::all()
            .iter()
            .map(|language| LanguageIdentifier::from_parts(language.identifier().language, None, None, &[]))
            .collect();
        negotiate_languages(&wanted, &spoken, None, NegotiationStrategy::Filtering)
            .first()
            .and_then(|chosen| spoken.iter().position(|tag| tag == *chosen))
            .and_then(|index| Self::all().get(index).copied())
            .unwrap_or_default()
    }

    fn identifier(self) -> LanguageIdentifier {
        self.code().parse().unwrap_or_default()
    }

    /// The Fluent sources of the language.
    const fn sources(self) -> [&'static str; 6] {
        match self {
            Self::En => [
                include_str!("../assets/locales/en/main.ftl"),
                include_str!("../assets/locales/en/calls.ftl"),
                include_str!("../assets/locales/en/causes.ftl"),
                include_str!("../assets/locales/en/channels.ftl"),
                include_str!("../assets/locales/en/drift.ftl"),
                include_str!("../assets/locales/en/rules.ftl"),
            ],
            Self::ZhCn => [
                include_str!("../assets/locales/zh-CN/main.ftl"),
                include_str!("../assets/locales/zh-CN/calls.ftl"),
                include_str!("../assets/locales/zh-CN/causes.ftl"),
                include_str!("../assets/locales/zh-CN/channels.ftl"),
                include_str!("../assets/locales/zh-CN/drift.ftl"),
                include_str!("../assets/locales/zh-CN/rules.ftl"),
            ],
        }
    }
}

/// The texts of one language.
///
/// A key that the language lacks gives the English text, one that English lacks gives the key itself: a missing text
/// is ugly on the screen but never an error.
pub struct Text {
    language: Language,
    /// Every text as it reads without values, English ones under the language's own.
    plain: HashMap<&'static str, Box<str>>,
    /// The language, then English.
    bundles: Vec<FluentBundle<FluentResource>>,
}

impl Text {
    /// Reads the texts of a language: a few milliseconds at most, done once.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let mut languages = vec![language];
        if language != Language::En {
            languages.push(Language::En);
        }
        let bundles: Vec<_> = languages.iter().copied().map(bundle).collect();
        let mut plain = HashMap::new();
        for (language, bundle) in languages.iter().zip(&bundles) {
            for key in keys(*language) {
                if let Some(text) = format(bundle, key, None) {
                    plain.entry(key).or_insert_with(|| text.into_boxed_str());
                }
            }
        }
        Self { language, plain, bundles }
    }

    /// The language that was asked for.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The text of a key that needs no values. Allocates nothing.
    #[must_use]
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.plain.get(key).map_or(key, |text| text)
    }

    /// The text of a key with values put in: `text.with("tree-count", &[("count", 3.into())])`.
    #[must_use]
    pub fn with(&self, key: &str, values: &[(&str, Arg<'_>)]) -> String {
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.bundles.iter().find_map(|bundle| format(bundle, key, Some(&args))).unwrap_or_else(|| key.to_owned())
    }

    /// Whether any language fallen back to has the key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.plain.contains_key(key)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("language", &self.language).finish_non_exhaustive()
    }
}

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
    // Isolation marks are control characters that fonts draw as boxes, and that a terminal prints.
    bundle.set_use_isolating(false);
    for source in language.sources() {
        // What does parse is used; a test holds that everything does.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

fn format(bundle: &FluentBundle<FluentResource>, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    // A value that is missing shows as `{$name}`: the errors say no more than that.
    let mut errors = Vec::new();
    Some(bundle.format_pattern(pattern, args, &mut errors).into_owned())
}

/// The keys of a language, in the order of its files.
fn keys(language: Language) -> impl Iterator<Item = &'static str> {
    language.sources().into_iter().flat_map(str::lines).filter_map(key_of_line)
}

/// The key of a line that begins a message. In Fluent only messages begin a line with a letter.
fn key_of_line(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim_end();
    let named = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    named.then_some(key)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Key to the names of the variables in its text, attributes and every branch of a choice included.
    fn variables(language: Language) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for source in language.sources() {
            let mut current = None;
            for line in source.lines().filter(|line| !line.starts_with('#')) {
                if let Some(key) = key_of_line(line) {
                    assert!(found.insert(key, BTreeSet::new()).is_none(), "{key} stands twice in {language:?}");
                    current = Some(key);
                }
                let names = line
                    .split('$')
                    .skip(1)
                    .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next());
                if let Some(key) = current {
                    found.entry(key).or_default().extend(names);
                }
            }
        }
        found
    }

    #[test]
    fn every_source_parses() {
        for language in Language::all() {
            for source in language.sources() {
                let errors = FluentResource::try_new(source.to_owned()).err().map(|(_, errors)| errors);
                assert_eq!(errors, None, "{language:?}");
            }
        }
    }

    #[test]
    fn languages_have_the_same_keys_and_variables() {
        let english = variables(Language::En);
        assert!(!english.is_empty());
        for language in Language::all() {
            assert_eq!(variables(*language), english, "{language:?} differs from English");
        }
    }

    #[test]
    fn no_text_is_empty() {
        for language in Language::all() {
            let bundle = bundle(*language);
            for key in keys(*language) {
                let text = format(&bundle, key, None).unwrap_or_default();
                assert!(!text.trim().is_empty(), "{key} is empty in {language:?}");
            }
        }
    }

    #[test]
    fn references_between_texts_resolve() {
        for language in Language::all() {
            let bundle = bundle(*language);
            let variables = variables(*language);
            // A text that stands in another one takes its values from there.
            let args: FluentArgs<'_> = variables.values().flatten().map(|name| (*name, Arg::from(1))).collect();
            for key in variables.keys() {
                let mut errors = Vec::new();
                if let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) {
                    bundle.format_pattern(pattern, Some(&args), &mut errors);
                }
                assert!(errors.is_empty(), "{key} in {language:?}: {errors:?}");
            }
        }
    }

    #[test]
    fn values_are_put_in_and_missing_keys_show_themselves() {
        let text = Text::new(Language::ZhCn);
        let refused = text.with("cause-refused", &[("address", "[::1]:1".into())]);
        assert!(refused.contains("[::1]:1") && !refused.contains(['{', '\u{2068}']), "{refused}");
        assert_eq!(text.get("app-name"), "Trunkline");
        assert_eq!(text.get("no-such-key"), "no-such-key");
        assert_eq!(text.with("no-such-key", &[]), "no-such-key");
    }

    #[test]
    fn the_systems_languages_choose() {
        let check = |wanted: &[&str], expected| assert_eq!(Language::negotiate(wanted), expected, "{wanted:?}");
        check(&[], Language::En);
        check(&["en-GB"], Language::En);
        check(&["zh-CN"], Language::ZhCn);
        check(&["zh-Hans-CN"], Language::ZhCn);
        check(&["zh-Hant-TW"], Language::ZhCn);
        check(&["zh"], Language::ZhCn);
        check(&["de-DE", "zh-CN", "en-US"], Language::ZhCn);
        check(&["de-DE", "en-US", "zh-CN"], Language::En);
        check(&["C", "", "not a tag"], Language::En);
    }
}
