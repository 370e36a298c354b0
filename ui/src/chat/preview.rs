//! What the page says of itself that a message links to: a card under the message, in words.

use dioxus::prelude::*;
use klieg_api::room::Preview;

/// Leads where the page was found, whose host stands before what the page calls itself. `reach` is its place in the order of
/// Tab: the message's own link leads there as well.
#[component]
pub(super) fn PreviewCard(preview: Preview, reach: &'static str) -> Element {
    let host = preview.host().to_owned();
    let site = preview.site.filter(|site| !site.eq_ignore_ascii_case(&host));
    rsx! {
        a {
            class: "line-preview",
            href: "{preview.url}",
            target: "_blank",
            rel: "noopener noreferrer nofollow ugc",
            tabindex: reach,
            "data-testid": "preview",
            span { class: "line-preview-site",
                bdi { "{host}" }
                if let Some(site) = site {
                    " · "
                    bdi { "{site}" }
                }
            }
            strong { dir: "auto", "{preview.title}" }
            if let Some(description) = preview.description {
                span { dir: "auto", "{description}" }
            }
        }
    }
}
