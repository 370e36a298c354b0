//! The interface's words: Fluent messages, one file a language in `i18n/`.

use std::cell::RefCell;

use dioxus::prelude::*;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::browser;

/// The languages there are: tag, own name, messages.
pub const LANGUAGES: &[(&str, &str, &str)] =
    &[("en", "English", include_str!("../i18n/en.ftl")), ("de", "Deutsch", include_str!("../i18n/de.ftl"))];

static CHOSEN: GlobalSignal<usize> = Signal::global(preferred);

thread_local! {
    static BUNDLES: RefCell<Vec<FluentBundle<FluentResource>>> = const { RefCell::new(Vec::new()) };
}

/// Reads the messages. To be called once, before anything is drawn.
pub fn init() {
    let bundles = LANGUAGES.iter().map(|(tag, _, text)| {
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![language]);
        // Marks around inserted values would show up in copied text.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
            browser::report(&format!("{tag}.ftl: {errors:?}"));
            resource
        });
        bundle.add_resource_overriding(resource);
        bundle
    });
    BUNDLES.with_borrow_mut(|all| *all = bundles.collect());
    browser::set_language(LANGUAGES.get(preferred()).map_or("en", |language| language.0));
}

fn preferred() -> usize {
    let mut tags = browser::stored("language").into_iter().chain(browser::languages());
    tags.find_map(|tag| position(&tag)).unwrap_or_default()
}

fn position(tag: &str) -> Option<usize> {
    let primary = tag.split('-').next().unwrap_or_default();
    LANGUAGES.iter().position(|(known, ..)| *known == primary)
}

/// The tag of the language in use.
pub fn language() -> &'static str {
    LANGUAGES.get(CHOSEN()).map_or("en", |language| language.0)
}

/// Uses another language from now on.
pub fn choose(tag: &str) {
    if let Some(index) = position(tag) {
        browser::store("language", Some(tag));
        browser::set_language(tag);
        *CHOSEN.write() = index;
    }
}

/// A message in the language in use, else in English, else its name.
pub fn message(id: &str, args: Option<&FluentArgs>) -> String {
    let chosen = CHOSEN();
    BUNDLES.with_borrow(|bundles| {
        [chosen, 0]
            .into_iter()
            .filter_map(|index| bundles.get(index))
            .find_map(|bundle| {
                let pattern = bundle.get_message(id)?.value()?;
                Some(bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned())
            })
            .unwrap_or_else(|| id.to_owned())
    })
}

/// A value for a message.
pub fn text(value: impl std::fmt::Display) -> FluentValue<'static> {
    FluentValue::from(value.to_string())
}

/// A message about a number of things: `$count` chooses the form, `$shown` is the number as it is written.
pub fn counted(id: &str, count: u64) -> String {
    let mut args = FluentArgs::new();
    args.set("count", count as f64);
    args.set("shown", text(browser::grouped(count, language())));
    message(id, Some(&args))
}

/// How long something has lasted, as `1:02:09`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How long ago something was, roughly.
pub fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => message("ago-now", None),
        60..3600 => counted("ago-minutes", seconds / 60),
        3600..86_400 => counted("ago-hours", seconds / 3600),
        _ => counted("ago-days", seconds / 86_400),
    }
}

/// A message by its name: `t!("home-live")`, `t!("follow-of", "name" => name)`.
#[macro_export]
macro_rules! t {
    ($id:expr) => {
        $crate::i18n::message($id, None)
    };
    ($id:expr, $($name:literal => $value:expr),+) => {{
        let mut args = fluent_bundle::FluentArgs::new();
        $(args.set($name, $crate::i18n::text($value));)+
        $crate::i18n::message($id, Some(&args))
    }};
}
