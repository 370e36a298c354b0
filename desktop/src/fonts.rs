//! Which fonts are installed, as fontconfig tells it, by which the engine's texts are drawn. `fc-list` comes with it.

use std::process::Stdio;

use tokio::process::Command;

/// The families, in the order of the alphabet. None where there is no fontconfig.
pub(crate) async fn installed() -> Vec<String> {
    // Of a family with several names the first: it is the one that all its styles share.
    let asked = Command::new("fc-list").args(["--format", "%{family[0]}\n"]).stdin(Stdio::null()).output().await;
    match asked {
        Ok(done) => families(&String::from_utf8_lossy(&done.stdout)),
        Err(error) => {
            tracing::debug!(%error, "fc-list does not start: no fonts are known");
            Vec::new()
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
    use super::families;

    #[test]
    fn each_family_is_listed_once() {
        let said = "Inter\nDejaVu Sans\n\nInter\nder Kleine\nOdd, Family\nDejaVu Sans\n";
        assert_eq!(families(said), ["DejaVu Sans", "der Kleine", "Inter"]);
        assert!(families("").is_empty());
    }
}
