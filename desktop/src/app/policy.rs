//! What the page may reach: itself, the studio, and the one port that its pictures come from.

use tauri::Config;
use tauri::utils::config::{Csp, CspDirectiveSources};

/// Adds the port to the policy of `tauri.conf.json`, which cannot know it.
pub(super) fn let_pictures_in(config: &mut Config, port: u16) {
    if let Some(Csp::DirectiveMap(directives)) = &mut config.app.security.csp {
        // The picture of the stage and the chat come by WebSocket, the chat's emotes by HTTP.
        for (directive, scheme) in [("connect-src", "ws"), ("img-src", "http")] {
            let sources = directives.entry(directive.to_owned()).or_default();
            let mut reached: Vec<String> = std::mem::take(sources).into();
            reached.push(format!("{scheme}://127.0.0.1:{port}"));
            *sources = CspDirectiveSources::List(reached);
        }
    }
}
