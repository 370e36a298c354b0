//! What the system shows with programs of its own: folders, and the pages that links of the window lead to. The window itself shows
//! the studio and nothing else.

use std::ffi::OsStr;

use tauri::{AppHandle, Url};
use tokio::process::Command;

use super::say;

/// Whether the window may go there. If not, and it is a page, the system's browser shows it.
pub(super) fn may_go(app: &AppHandle, url: &Url) -> bool {
    let is_own = is_own(url);
    if !is_own {
        leave(app, url);
    }
    is_own
}

/// Has the system's browser show a page. What is none is left alone: some program of the system might do anything with it.
pub(super) fn leave(app: &AppHandle, url: &Url) {
    let Some(page) = page(url).map(str::to_owned) else { return };
    let app = app.clone();
    // The window calls this where no program can be waited for.
    tauri::async_runtime::spawn(async move {
        if let Err(error) = open(OsStr::new(&page)) {
            say(&app, &format!("Your browser cannot be opened: {error}."));
        }
    });
}

/// The address of a page of the web, if it is one.
fn page(url: &Url) -> Option<&str> {
    (matches!(url.scheme(), "http" | "https") && !is_own(url)).then_some(url.as_str())
}

/// Whether it is the studio's own: Tauri serves it under a scheme, or on Windows under a name that stands for that.
fn is_own(url: &Url) -> bool {
    matches!(url.scheme(), "tauri" | "about") || url.host_str() == Some("tauri.localhost")
}

/// Has the system show a folder or a page. To be called within the runtime. The error names the program that is not there.
pub(super) fn open(what: &OsStr) -> Result<(), String> {
    let mut opener = opener();
    let started = opener.arg(what).spawn();
    let mut child = started.map_err(|error| format!("{}: {error}", opener.as_std().get_program().display()))?;
    tokio::spawn(async move {
        // It is waited for so that it leaves nothing behind; what it says is its own business.
        let _ = child.wait().await;
    });
    Ok(())
}

fn opener() -> Command {
    if cfg!(windows) {
        // Explorer takes some addresses for a folder.
        let mut opener = Command::new("rundll32");
        opener.arg("url.dll,FileProtocolHandler");
        opener
    } else if cfg!(target_os = "macos") {
        Command::new("open")
    } else {
        Command::new("xdg-open")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn pages_of_the_web_are_opened_and_nothing_else_is() {
        for text in ["https://example.org/a?b=c&d#e", "http://127.0.0.1:8080/ada", "https://tauri.localhost.example/"] {
            assert_eq!(page(&url(text)), Some(text));
        }
        for text in [
            "tauri://localhost/ada",
            "http://tauri.localhost/ada",
            "https://tauri.localhost/",
            "about:blank",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,hello",
            "klieg-studio://sign-in?code=x",
            "ssh://example.org",
            "mailto:ada@example.org",
        ] {
            assert_eq!(page(&url(text)), None, "{text}");
        }
    }

    #[test]
    fn the_window_shows_the_studio_alone() {
        for text in ["tauri://localhost/", "https://tauri.localhost/index.html", "about:blank"] {
            assert!(is_own(&url(text)), "{text}");
        }
        for text in ["https://example.org/", "http://localhost:8080/", "file:///etc/passwd", "data:text/html,hello"] {
            assert!(!is_own(&url(text)), "{text}");
        }
    }
}
