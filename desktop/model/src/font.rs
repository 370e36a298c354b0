//! The font of a text: families with commas between them, the first choice first, and words of style behind the last, as in
//! `Inter, DejaVu Sans Bold`. Pango reads it so (`pango_font_description_from_string`).

use crate::figures;

/// The words of style, in small letters and without hyphens: slant, capitals, weight, width, and how letters stand.
const STYLES: [&str; 46] = [
    "normal",
    "roman",
    "oblique",
    "italic",
    "smallcaps",
    "allsmallcaps",
    "petitecaps",
    "allpetitecaps",
    "unicase",
    "titlecaps",
    "thin",
    "ultralight",
    "extralight",
    "light",
    "semilight",
    "demilight",
    "book",
    "regular",
    "medium",
    "semibold",
    "demibold",
    "bold",
    "ultrabold",
    "extrabold",
    "heavy",
    "black",
    "ultraheavy",
    "extraheavy",
    "ultrablack",
    "extrablack",
    "ultracondensed",
    "extracondensed",
    "condensed",
    "semicondensed",
    "semiexpanded",
    "expanded",
    "extraexpanded",
    "ultraexpanded",
    "notrotated",
    "south",
    "upsidedown",
    "north",
    "rotatedleft",
    "east",
    "rotatedright",
    "west",
];

/// Names that stand for whichever family is set for them.
const GENERIC: [&str; 8] = ["sans", "sans-serif", "serif", "monospace", "mono", "cursive", "fantasy", "system-ui"];

/// What is wrong with a font where these families are `installed`, as a sentence: that none of its own is. Nothing where it is
/// not known what is.
pub fn trouble(font: &str, installed: &[String]) -> Option<String> {
    let wanted = families(font);
    let is_there = |family: &&str| {
        let family = family.to_lowercase();
        GENERIC.contains(&family.as_str()) || installed.iter().any(|known| known.to_lowercase() == family)
    };
    if wanted.is_empty() || installed.is_empty() || wanted.iter().any(is_there) {
        return None;
    }
    let names: Vec<_> = wanted.iter().map(|family| format!("“{family}”")).collect();
    let (are, their) = if names.len() == 1 { ("is", "its") } else { ("are", "their") };
    Some(format!(
        "{} {are} not installed on this computer: another font is drawn in {their} place.",
        figures::listed(&names)
    ))
}

/// How a text's font names a family and nothing else: with a comma behind it, where its last word would count as one of style.
pub fn written(family: &str) -> String {
    let comma = if without_style(family) == family { "" } else { "," };
    format!("{family}{comma}")
}

fn families(font: &str) -> Vec<&str> {
    let (before, last) = font.rsplit_once(',').unwrap_or(("", font));
    let named = before.split(',').chain([without_style(last)]);
    named.map(str::trim).filter(|family| !family.is_empty()).collect()
}

fn without_style(text: &str) -> &str {
    let mut rest = text.trim();
    loop {
        let (before, word) = rest.rsplit_once(char::is_whitespace).unwrap_or(("", rest));
        if !is_style(word) {
            return rest;
        }
        rest = before.trim_end();
    }
}

/// Such as `Bold`, `Semi-Bold`, `weight=450` and `@wght=450`.
fn is_style(word: &str) -> bool {
    let plain = word.replace('-', "").to_lowercase();
    STYLES.contains(&plain.as_str()) || word.contains('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_before_the_style() {
        let cases: [(&str, &[&str]); 10] = [
            ("Inter", &["Inter"]),
            ("Inter Bold", &["Inter"]),
            ("Inter, DejaVu Sans Semi-Bold Italic", &["Inter", "DejaVu Sans"]),
            ("Roboto Condensed", &["Roboto"]),
            ("Roboto Condensed,", &["Roboto Condensed"]),
            ("Roboto Condensed, Bold", &["Roboto Condensed"]),
            ("Source Sans 3 @wght=450", &["Source Sans 3"]),
            ("Bold", &[]),
            ("  ", &[]),
            (",,", &[]),
        ];
        for (font, expected) in cases {
            assert_eq!(families(font), expected, "{font}");
        }
    }

    #[test]
    fn a_font_that_is_not_there_is_said_if_nothing_of_its_own_is() {
        let installed = ["DejaVu Sans".to_owned(), "Inter".to_owned()];
        for there in ["inter bold", "Inter, Nothing", "Nothing, DejaVu Sans", "Sans Italic", "Bold", ""] {
            assert_eq!(trouble(there, &installed), None, "{there}");
        }
        let one = "“Inter Tight” is not installed on this computer: another font is drawn in its place.";
        assert_eq!(trouble("Inter Tight Bold", &installed).as_deref(), Some(one));
        let two = "“Helvetica” and “Arial” are not installed on this computer: another font is drawn in their place.";
        assert_eq!(trouble("Helvetica, Arial", &installed).as_deref(), Some(two));
        assert_eq!(trouble("Helvetica", &[]), None, "it is not known what is there");
    }

    #[test]
    fn a_family_is_written_so_that_it_is_read_whole() {
        for family in ["Inter", "Arial Black", "Roboto Condensed", "Source Sans 3"] {
            assert_eq!(families(&written(family)), [family]);
        }
        assert_eq!(written("Inter"), "Inter");
        assert_eq!(written("Arial Black"), "Arial Black,");
    }
}
