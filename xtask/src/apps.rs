//! What is built for wasm, and from what: the web app, and the interface of the desktop studio.

/// One app. Paths are relative to the workspace.
pub(crate) struct App {
    /// As people know it, for messages.
    pub what: &'static str,
    pub package: &'static str,
    /// Holds `index.html` and `assets`.
    pub folder: &'static str,
    /// Folder in the target directory.
    pub out: &'static str,
    /// What wasm-bindgen's files are called, and the names `{{NAME.js}}` and `{{NAME.wasm}}` in templates.
    pub name: &'static str,
    /// Where an unoptimised build goes.
    pub dev_dist: &'static str,
    /// Whether the server embeds and serves it, and so wants compressed copies.
    pub embedded: bool,
    /// From npm: path below `web/node_modules`, name in the bundle.
    pub packages: &'static [(&'static str, &'static str)],
    /// Whose licences go with the bundle: each package's `LICENSE`.
    pub licences: &'static [&'static str],
    /// Files that name no others.
    pub plain: &'static [&'static str],
    /// Files that name others as `{{name}}`, after what they name.
    pub templates: &'static [&'static str],
    /// Joined in this order: of two rules that weigh the same, the later wins.
    pub styles: &'static [&'static str],
}

const FONTS: [(&str, &str); 2] = [
    ("@fontsource-variable/geist/files/geist-latin-wght-normal.woff2", "geist-latin.woff2"),
    ("@fontsource-variable/geist/files/geist-latin-ext-wght-normal.woff2", "geist-latin-ext.woff2"),
];

pub(crate) const ALL: [&App; 2] = [&WEB, &STUDIO];

pub(crate) const WEB: App = App {
    what: "web app",
    package: "klieg-web",
    folder: "web",
    out: "web",
    name: "klieg",
    dev_dist: "dist-dev",
    embedded: true,
    packages: &[FONTS[0], FONTS[1], ("hls.js/dist/hls.min.mjs", "hls.mjs")],
    licences: &["@fontsource-variable/geist", "hls.js", "lucide-static"],
    plain: &["ui/assets/theme.js", "ui/assets/icon.svg"],
    templates: &["web/assets/app.webmanifest", "web/assets/boot.js"],
    styles: &[
        "ui/assets/theme.css",
        "ui/assets/components.css",
        "ui/assets/fields.css",
        "ui/assets/chat.css",
        "ui/assets/line.css",
        "ui/assets/composer.css",
        "ui/assets/cheers.css",
        "ui/assets/poll.css",
        "ui/assets/together.css",
        "ui/assets/desk.css",
        "web/assets/frame.css",
        "web/assets/bell.css",
        "web/assets/lists.css",
        "web/assets/home.css",
        "web/assets/channel.css",
        "web/assets/player.css",
        "web/assets/forms.css",
        "web/assets/studio.css",
        "web/assets/small.css",
        "web/assets/beside.css",
        "web/assets/skeletons.css",
    ],
};

pub(crate) const STUDIO: App = App {
    what: "studio's interface",
    package: "klieg-studio-ui",
    folder: "desktop/ui",
    out: "studio",
    name: "klieg-studio",
    dev_dist: "dist",
    embedded: false,
    packages: &FONTS,
    licences: &["@fontsource-variable/geist", "lucide-static"],
    plain: &["ui/assets/theme.js", "ui/assets/icon.svg"],
    templates: &["desktop/ui/assets/start.js"],
    styles: &[
        "ui/assets/theme.css",
        "ui/assets/components.css",
        "ui/assets/fields.css",
        "ui/assets/chat.css",
        "ui/assets/line.css",
        "ui/assets/composer.css",
        "ui/assets/cheers.css",
        "ui/assets/poll.css",
        "ui/assets/together.css",
        "ui/assets/desk.css",
        "desktop/ui/assets/controls.css",
        "desktop/ui/assets/window.css",
        "desktop/ui/assets/lists.css",
        "desktop/ui/assets/stage.css",
        "desktop/ui/assets/mixer.css",
        "desktop/ui/assets/docks.css",
        "desktop/ui/assets/dialogs.css",
        "desktop/ui/assets/settings.css",
        "desktop/ui/assets/welcome.css",
    ],
};
