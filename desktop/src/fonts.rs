//! Which fonts are installed, as fontconfig tells it, by which the engine's texts are drawn. `fc-list` comes with it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// How long it may take: with a cache that is out of date it reads every font, on whichever disk that is.
const PATIENCE: Duration = Duration::from_secs(20);

/// The families, in the order of the alphabet. None where there is no fontconfig, or it does not answer.
pub(crate) async fn installed() -> Vec<String> {
    let mut list = Command::new("fc-list");
    // Of a family with several names the first: it is the one that all its styles share.
    list.args(["--format", "%{family[0]}\n"]);
    said(list, PATIENCE).await.map_or_else(Vec::new, |said| families(&said))
}

/// What a program prints, if it ends in time. One that does not is ended.
async fn said(mut program: Command, patience: Duration) -> Option<String> {
    match timeout(patience, program.stdin(Stdio::null()).kill_on_drop(true).output()).await {
        Ok(Ok(done)) => Some(String::from_utf8_lossy(&done.stdout).into_owned()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "fc-list does not start: no fonts are known");
            None
        }
        Err(_) => {
            tracing::warn!("fc-list does not end: no fonts are known");
            None
        }
    }
}

/// One a line, and again for each style. A comma would end a family's name where a text names it.
fn families(said: &str) -> Vec<String> {
    let named = said.lines().map(str::trim).filter(|family| !family.is_empty() && !family.contains(','));
    let mut families: Vec<String> = named.map(str::to_owned).collect();
    families.sort_by_cached_key(|family| (family.to_lowercase(), family.clone()));
    families.dedup();
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_known_where_fontconfig_is_missing_or_hangs() {
        assert_eq!(said(Command::new("/nonexistent/fc-list"), PATIENCE).await, None);
        let mut hangs = Command::new("sleep");
        hangs.arg("60");
        assert_eq!(said(hangs, Duration::ZERO).await, None);
        let mut prints = Command::new("echo");
        prints.arg("Inter");
        assert_eq!(said(prints, PATIENCE).await.as_deref(), Some("Inter\n"));
    }

    #[test]
    fn each_family_is_listed_once() {
        let said = "Inter\nDejaVu Sans\n\nInter\nder Kleine\nOdd, Family\nDejaVu Sans\n";
        assert_eq!(families(said), ["DejaVu Sans", "der Kleine", "Inter"]);
        assert!(families("").is_empty());
    }
}
