//! The licences of all that is linked into the program, as their authors wrote them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

/// Files that say how a package may be used, by the beginnings of their names.
const NAMES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// A text with the licences of every package that `program` is built from, each text once, and of the interface inside it.
pub(super) fn of_dependencies(root: &Path, program: &str) -> anyhow::Result<String> {
    let machine = super::run(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let said = super::run(
        Command::new(cargo)
            .args(["metadata", "--format-version=1", "--locked", "--filter-platform", machine.trim()])
            .current_dir(root),
    )?;
    let all: Value = serde_json::from_str(&said)?;
    let packages: HashMap<&str, &Value> = list(&all, "/packages").filter_map(|one| Some((id(one)?, one))).collect();
    let nodes: HashMap<&str, &Value> = list(&all, "/resolve/nodes").filter_map(|one| Some((id(one)?, one))).collect();

    let named = |name: &str| packages.iter().find(|(_, package)| package["name"] == name).map(|(id, _)| *id);
    let (ours, interface) = (named(program), named("klieg-studio-ui"));
    let mut waiting = vec![
        ours.with_context(|| format!("cargo knows no package {program}"))?,
        interface.context("cargo knows no package klieg-studio-ui")?,
    ];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let used = nodes.get(id).into_iter().flat_map(|node| list(node, "/deps"));
        // What only builds or tests it is not inside.
        let linked = used.filter(|dep| list(dep, "/dep_kinds").any(|kind| kind["kind"].is_null()));
        waiting.extend(linked.filter_map(|dep| dep["pkg"].as_str()));
    }

    let mut texts = BTreeMap::<String, Vec<String>>::new();
    let mut list = String::from("The studio is built from these packages, whose sources are on https://crates.io.\n\n");
    // What has no source comes from this repository.
    let foreign = seen.iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null());
    let mut foreign: Vec<_> = foreign.collect();
    foreign.sort_by_key(|package| (package["name"].as_str(), package["version"].as_str()));
    for package in foreign {
        let word = |key: &str| package[key].as_str().unwrap_or("not said");
        let name = format!("{} {}", word("name"), word("version"));
        list.extend([&name, ": ", word("license"), "\n"]);
        let folder = Path::new(word("manifest_path")).parent().context("a manifest stands in a folder")?;
        for text in texts_in(folder)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(_, a), (_, b)| a.cmp(b));
    for (text, names) in texts {
        list.extend(["\n\n", &"-".repeat(80), "\n", &names.join(", "), "\n\n", text.trim(), "\n"]);
    }
    Ok(list)
}

fn list<'a>(value: &'a Value, at: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

fn id(value: &Value) -> Option<&str> {
    value["id"].as_str()
}

fn texts_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if NAMES.iter().any(|known| name.starts_with(known)) && entry.path().is_file() {
            texts.push(String::from_utf8_lossy(&fs::read(entry.path())?).into_owned());
        }
    }
    Ok(texts)
}
