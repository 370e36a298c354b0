//! What links of the window lead to: pages open in the system's browser, and nothing else anywhere.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::desktop::{comes, done};
use crate::driver::{Driver, display};
use crate::{STUDIO, environment};

/// A folder with what the system opens pages with; it notes them in the file `opened` beside it, one a line.
fn opener(folder: &Path) -> PathBuf {
    let program = folder.join("xdg-open");
    std::fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$1\" >> \"$(dirname \"$0\")/opened\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder.join("opened")
}

/// Puts a link above everything else, in place of one that is there.
const LINK: &str = "document.getElementById('a-link')?.remove();
    const link = document.createElement('a');
    [link.id, link.href, link.target, link.textContent] = ['a-link', ...arguments, 'A link'];
    Object.assign(link.style, { position: 'fixed', top: '0', left: '0', zIndex: '9999', padding: '40px' });
    document.body.append(link);
    return null";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_opens_in_the_systems_browser_and_nothing_else_does() {
    let (home, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_server, display) = display();
    let opened = opener(bin.path());
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    let mut environment = environment(&display, home.path(), "unix:path=/nonexistent").to_vec();
    environment.push(("PATH", &path));
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    done(&driver, json!({ "command": "welcomed" })).await;
    driver.find("//button[@aria-label='Settings']").await;

    let links = [
        ("file:///etc/hostname", "_blank"),
        ("tauri://localhost/elsewhere", "_blank"),
        ("mailto:ada@example.org", "_blank"),
        ("https://klieg.example/ada?a=b&c#d", "_blank"),
        // Such as the window's own menu makes of any.
        ("http://klieg.example/bob", ""),
    ];
    for (address, target) in links {
        driver.run(LINK, json!([address, target])).await;
        driver.click("//a[@id='a-link']").await;
    }
    let pages = || std::fs::read_to_string(&opened).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    comes("both pages", || pages().len() >= 2).await;
    let mut pages = pages();
    // Each is handed over by itself.
    pages.sort();
    assert_eq!(pages, ["http://klieg.example/bob", "https://klieg.example/ada?a=b&c#d"]);
    assert_eq!(driver.run("return location.origin", json!([])).await, "tauri://localhost");
    driver.close().await;
}
