//! What a web page says of itself, read from its head by a tokenizer: no tree, no scripts, no second request. No I/O.
//!
//! A page is whatever a stranger's server sends. The work is bounded by its length, which is bounded where it is read.

use html5gum::Tokenizer;
use html5gum::emitters::default::{DefaultEmitter, StartTag, Token};

use crate::room::text;

/// Characters that are shown of each.
const TITLE: usize = 120;
const DESCRIPTION: usize = 200;
const SITE: usize = 60;
/// Bytes of one text that are looked at.
const MOST_TEXT: usize = 4_000;

/// What is shown of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub title: Option<String>,
    pub description: Option<String>,
    pub site: Option<String>,
}

/// What stands in it, each as it is found first.
#[derive(Default)]
struct Head {
    title: Option<String>,
    og_title: Option<String>,
    twitter_title: Option<String>,
    description: Option<String>,
    og_description: Option<String>,
    og_site_name: Option<String>,
}

/// Reads the head of a page.
pub(super) fn read(html: &str) -> Said {
    let mut head = Head::default();
    // The title that is being read.
    let mut title: Option<String> = None;
    let mut emitter = DefaultEmitter::default();
    // What stands in scripts and the like is text.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => match tag.name.as_slice() {
                b"title" => title = Some(String::new()),
                b"meta" => head.note(&tag),
                // What follows is the page, which anybody may have written.
                b"body" => break,
                _ => {}
            },
            Token::String(text) => {
                if let Some(title) = title.as_mut().filter(|title| title.len() < MOST_TEXT) {
                    title.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Token::EndTag(tag) => match tag.name.as_slice() {
                b"title" => keep(&mut head.title, title.take(), TITLE),
                b"head" => break,
                _ => {}
            },
            _ => {}
        }
    }
    Said {
        title: head.og_title.or(head.twitter_title).or(head.title),
        description: head.og_description.or(head.description),
        site: head.og_site_name,
    }
}

impl Head {
    /// Notes what a `<meta>` says. `property` is OpenGraph's word for it and `name` everybody else's; pages mix them up.
    fn note(&mut self, tag: &StartTag<()>) {
        let attribute = |name: &str| {
            let value = tag.attributes.get(name.as_bytes())?;
            let value = value.value.get(..MOST_TEXT).unwrap_or(value.value.as_slice());
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let Some(name) = attribute("property").or_else(|| attribute("name")) else { return };
        let (place, most) = match name.trim().to_ascii_lowercase().as_str() {
            "og:title" => (&mut self.og_title, TITLE),
            "twitter:title" => (&mut self.twitter_title, TITLE),
            "og:description" => (&mut self.og_description, DESCRIPTION),
            "description" => (&mut self.description, DESCRIPTION),
            "og:site_name" => (&mut self.og_site_name, SITE),
            _ => return,
        };
        keep(place, attribute("content"), most);
    }
}

/// Keeps the first text that there is anything to see of.
fn keep(place: &mut Option<String>, text: Option<String>, most: usize) {
    if place.is_none() {
        *place = text.and_then(|text| text::clip(&text, most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn title(html: &str) -> Option<String> {
        read(html).title
    }

    #[test]
    fn a_page_says_what_it_is_in_three_ways() {
        let html = r#"<!DOCTYPE html><html><head><meta charset="utf-8">
            <title>  The   title
            of it </title>
            <META Name="Description" CONTENT="What it is &amp; why">
            <meta property="og:site_name" content="Example">"#;
        let said = read(html);
        assert_eq!(said.title.as_deref(), Some("The title of it"));
        assert_eq!(said.description.as_deref(), Some("What it is & why"));
        assert_eq!(said.site.as_deref(), Some("Example"));
        let more = format!("{html}<meta name=twitter:title content=Short><meta name='og:description' content='OG'>");
        assert_eq!(title(&more).as_deref(), Some("Short"));
        assert_eq!(read(&more).description.as_deref(), Some("OG"));
        assert_eq!(title(&format!("{more}<meta property=og:title content=OG>")).as_deref(), Some("OG"));
        assert_eq!(read("plain words"), Said::default());
    }

    #[test]
    fn what_is_text_is_no_element_and_what_is_the_page_is_not_its_head() {
        assert_eq!(title("<script>'<title>no</title>'</script><title>yes</title>").as_deref(), Some("yes"));
        assert_eq!(title("<!-- <title>no</title> --><title>yes").as_deref(), None, "a title without an end");
        assert_eq!(title("<title>a <b>bold</b> one</title>").as_deref(), Some("a <b>bold</b> one"));
        assert_eq!(title("<title>&lt;script&gt;&#x41;&eacute;&bogus;</title>").as_deref(), Some("<script>Aé&bogus;"));
        assert_eq!(title("<head></head><title>no</title>"), None);
        assert_eq!(title("<body><title>no</title>"), None);
        assert_eq!(
            title("<title> </title><title>second</title>").as_deref(),
            Some("second"),
            "the first that says any"
        );
        assert_eq!(title("<style><title>no</title></style><noscript><title>no</title></noscript>"), None);
    }

    #[test]
    fn what_a_page_says_is_tidied_as_messages_are() {
        assert_eq!(title("<title>photo\u{202e}gpj.exe\u{200b}</title>").as_deref(), Some("photogpj.exe"));
        assert_eq!(title("<title>&#x202e;&#8206;a&#10;b&#7;</title>").as_deref(), Some("\u{200e}a b"));
        assert_eq!(title("<title>&#x3164;&#x200b;</title>"), None);
        let long = title(&format!("<title>{}</title>", "wörd ".repeat(5_000))).unwrap();
        assert_eq!(long.graphemes(true).count(), 120, "{long}");
        assert!(long.ends_with("wörd…"), "{long}");
        let piled = title(&format!("<title>z{}</title>", "\u{300}".repeat(1_000))).unwrap();
        assert_eq!(piled.chars().count(), 4);
    }

    #[test]
    fn no_page_is_too_much_work() {
        for part in [
            "<meta ",
            "<meta name=description content='",
            "<a b=c ",
            "&amp",
            "<!--",
            "<![CDATA[",
            "</",
            "<x y",
            "\u{0}",
        ] {
            read(&part.repeat((256 << 10) / part.len()));
        }
        let attributes = (0..30_000).map(|number| number.to_string()).collect::<Vec<_>>().join(" a");
        read(&format!("<meta a{attributes}>"));
    }

    proptest! {
        #[test]
        fn whatever_a_page_says_it_is_read_and_short(parts in proptest::collection::vec(prop_oneof![
            Just("<title>".to_owned()), Just("</title>".to_owned()), Just("<meta property=og:title content=".to_owned()),
            Just("<meta name='description' content=\"".to_owned()), Just("<script>".to_owned()), Just("<!--".to_owned()),
            Just("&#x".to_owned()), Just("&amp;".to_owned()), Just(">".to_owned()), Just("\"".to_owned()), any::<String>(),
        ], 0..40)) {
            let said = read(&parts.concat());
            for (text, most) in [(said.title, TITLE), (said.description, DESCRIPTION), (said.site, SITE)] {
                let Some(text) = text else { continue };
                prop_assert!(text.graphemes(true).count() <= most, "{text:?}");
                prop_assert!(!text.chars().any(char::is_control) && !text.chars().any(crate::unseen::turns), "{text:?}");
            }
        }
    }
}
