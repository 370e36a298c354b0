//! The files of the web app, and the few that stand for it in a program that was built without.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};

/// The page that every address of the app begins with.
pub(super) const SHELL: &str = "index.html";
/// Where the shell takes a page's title and preview card.
pub(super) const HEAD_MARKER: &str = "<!-- head -->";

/// The web app, as `cargo xtask web` lists it.
#[derive(Clone, Copy, Debug)]
pub struct WebApp {
    /// True if it is the real one, false if it is the page that says it is not inside.
    pub built: bool,
    /// Sorted by name.
    pub files: &'static [File],
}

/// A file and its compressed forms.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its path, without a slash before it.
    pub name: &'static str,
    /// With its quotation marks.
    pub etag: &'static str,
    pub plain: &'static [u8],
    pub brotli: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
}

impl WebApp {
    /// A page that says what to build.
    pub const UNBUILT: Self = Self {
        built: false,
        files: &[
            File::plain("assets/unbuilt.css", include_bytes!("../../unbuilt/assets/unbuilt.css")),
            File::plain(SHELL, include_bytes!("../../unbuilt/index.html")),
        ],
    };

    /// The file of exactly this name.
    pub(super) fn find(&self, name: &str) -> Option<&'static File> {
        let index = self.files.binary_search_by(|file| file.name.cmp(name)).ok()?;
        self.files.get(index)
    }

    /// The shell's HTML.
    pub(super) fn shell(&self) -> Cow<'static, str> {
        self.find(SHELL).map_or(Cow::Borrowed(""), |file| String::from_utf8_lossy(file.plain))
    }
}

impl File {
    const fn plain(name: &'static str, plain: &'static [u8]) -> Self {
        Self { name, etag: concat!("\"", env!("CARGO_PKG_VERSION"), "\""), plain, brotli: None, gzip: None }
    }

    /// Whether the name carries the digest of the content (`assets/NAME.DIGEST.EXT`, `assets/app-DIGEST/…`), so that it never
    /// means anything else.
    pub(super) fn is_immutable(&self) -> bool {
        let is_digest = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let first = self.name.strip_prefix("assets/").and_then(|path| path.split('/').next());
        first.is_some_and(|first| first.split(['.', '-']).any(is_digest))
    }

    pub(super) fn media_type(&self) -> &'static str {
        match self.name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "html" => "text/html; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "wasm" => "application/wasm",
            "json" | "map" => "application/json",
            "webmanifest" => "application/manifest+json",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "webp" => "image/webp",
            "avif" => "image/avif",
            "ico" => "image/x-icon",
            "woff2" => "font/woff2",
            "txt" | "ftl" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }

    /// The form the client likes best, and its content coding if it has one.
    pub(super) fn encoded_for(&self, request: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        let accepts = |coding: &str| {
            request
                .get_all(header::ACCEPT_ENCODING)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .any(|item| {
                    let (name, quality) = item.split_once(";q=").unwrap_or((item, "1"));
                    name.trim().eq_ignore_ascii_case(coding) && quality.trim().parse().is_ok_and(|q: f32| q > 0.0)
                })
        };
        match (self.brotli, self.gzip) {
            (Some(brotli), _) if accepts("br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts("gzip") => (gzip, Some("gzip")),
            _ => (self.plain, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &'static str) -> File {
        File { name, etag: "\"1\"", plain: b"plain", brotli: Some(b"br"), gzip: Some(b"gz") }
    }

    #[test]
    fn only_names_with_a_digest_are_kept_for_a_year() {
        for name in [
            "assets/theme.3b95a065bc32.js",
            "assets/geist-latin.55bcd82025e3.woff2",
            "assets/app-a94bb5a4850d/klieg_bg.wasm",
            "assets/app-a94bb5a4850d/snippets/dioxus-web-eae67878b22d6805/inline0.js",
        ] {
            assert!(file(name).is_immutable(), "{name}");
        }
        for name in ["assets/unbuilt.css", "index.html", "theme.3b95a065bc32.js", "assets/hls/3b95a065bc32.js"] {
            assert!(!file(name).is_immutable(), "{name}");
        }
    }

    #[test]
    fn the_best_accepted_coding_is_sent() {
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip;q=0.5", Some("gzip")),
            ("identity", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            assert_eq!(file("a.js").encoded_for(&headers).1, expected, "{accept}");
        }
    }

    #[test]
    fn the_shell_takes_a_head() {
        assert!(WebApp::UNBUILT.shell().contains(HEAD_MARKER));
    }
}
