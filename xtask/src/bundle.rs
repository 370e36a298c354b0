//! The studio as a Debian package.
//!
//! `tauri.conf.json` is the one place for name, version, identifier and descriptions; the files in `desktop/packaging` are
//! filled in from it. Debian's own tools do the rest: `dpkg-shlibdeps` reads from the programs which libraries they need and
//! since which version, `dpkg-deb` packs. They are there wherever Debian's compilers are, so no packager is to be installed,
//! and none has to be told a second time what the configuration says already.

mod about;
mod licences;
mod tree;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

use about::About;
use tree::Tree;

/// The program that the studio looks for beside itself: web pages run in it.
const ENGINE: &str = "klieg-engine";

/// Packs the release build of the studio, or the unoptimised one. The package's path.
pub(crate) fn build(root: &Path, target: &Path, dev: bool) -> anyhow::Result<PathBuf> {
    let about = About::read(root)?;
    let built = target.join(if dev { "debug" } else { "release" });
    let (program, engine) = (built.join(&about.program), built.join(ENGINE));
    let interface = target.join("studio/dist/index.html");
    let made = |path: &Path, how: &str| {
        fs::metadata(path).and_then(|known| known.modified()).with_context(|| format!("{}: {how}", path.display()))
    };
    let (program_made, interface_made) =
        (made(&program, "run cargo build --release --bin klieg-studio")?, made(&interface, "run cargo xtask studio")?);
    ensure!(
        program_made >= interface_made,
        "{} is older than its interface: build it again, so that the new one is inside",
        program.display()
    );
    made(&engine, "run cargo build --release --bin klieg-studio --bin klieg-engine")?;
    for (path, name) in [(&program, about.program.as_str()), (&engine, ENGINE)] {
        let said = run(Command::new(path).arg("--version"))?;
        let expected = format!("{name} {}", about.version);
        ensure!(said.trim() == expected, "the program says `{}`, and tauri.conf.json `{expected}`", said.trim());
    }
    // All that the engine is built from the studio is built from too.
    let licences = licences::of_dependencies(root, &about.program)?;
    pack(&about, root, [&program, &engine], &licences, &target.join("bundle"))
}

/// Packs the studio and its engine into `folder`.
fn pack(
    about: &About,
    root: &Path,
    [studio, engine]: [&Path; 2],
    licences: &str,
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    let architecture = run(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned();
    let date = committed(root)?;
    let tree = Tree::new(folder.join("tree"))?;
    let installed = [
        tree.program(&format!("usr/bin/{}", about.program), studio)?,
        tree.program(&format!("usr/bin/{ENGINE}"), engine)?,
    ];
    // Their lines are for whoever has the sources; names of functions stay in the panics of Rust.
    run(Command::new("strip").arg("--strip-unneeded").args(&installed))?;

    let packaging = root.join("desktop/packaging");
    let filled = |file: &str| -> anyhow::Result<String> {
        let template = packaging.join(file);
        let text = fs::read_to_string(&template).with_context(|| template.display().to_string())?;
        Ok(about.fill(&text, &date.day))
    };
    let id = &about.identifier;
    tree.text(&format!("usr/share/applications/{id}.desktop"), &filled("studio.desktop")?)?;
    tree.text(&format!("usr/share/metainfo/{id}.metainfo.xml"), &filled("studio.metainfo.xml")?)?;
    for (size, icon) in about.icons(root)? {
        tree.file(&format!("usr/share/icons/hicolor/{size}x{size}/apps/{id}.png"), &icon)?;
    }
    let drawing = root.join("ui/assets/icon.svg");
    tree.file(&format!("usr/share/icons/hicolor/scalable/apps/{id}.svg"), &drawing)?;
    let documents = format!("usr/share/doc/{}", about.program);
    let mit = fs::read_to_string(root.join("LICENSE-MIT"))?;
    tree.text(&format!("{documents}/copyright"), &filled("copyright")?.replace("{mit}", &indented(&mit)))?;
    tree.compressed(&format!("{documents}/third-party-licences.gz"), licences)?;

    let mut depends = libraries(&installed, folder)?;
    depends.extend(about.depends.iter().cloned());
    tree.control(&about.control(&architecture, &depends, tree.kibibytes()?))?;

    let package = folder.join(format!("{}_{}_{architecture}.deb", about.program, about.version));
    run(Command::new("dpkg-deb")
        .args(["--build", "--root-owner-group", "-Zxz"])
        .args([tree.root().as_os_str(), package.as_os_str()])
        // The same sources make the same package, whenever it is packed.
        .env("SOURCE_DATE_EPOCH", &date.seconds))?;
    fs::remove_dir_all(tree.root())?;
    Ok(package)
}

/// What `dpkg-shlibdeps` finds that programs are linked to, as Debian's packages with their versions.
fn libraries(programs: &[PathBuf], folder: &Path) -> anyhow::Result<Vec<String>> {
    // It wants to stand in the sources of a package.
    let sources = folder.join("sources");
    fs::create_dir_all(sources.join("debian"))?;
    fs::write(sources.join("debian/control"), "Source: studio\n\nPackage: studio\nArchitecture: any\n")?;
    let said = run(Command::new("dpkg-shlibdeps").arg("-O").args(programs).current_dir(&sources))?;
    fs::remove_dir_all(&sources)?;
    let list = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    let list = list.context("dpkg-shlibdeps found no library that the programs need")?;
    Ok(list.split(", ").map(str::to_owned).collect())
}

/// When the sources were committed: a moment that is the same for everybody who packs them.
struct Committed {
    /// Since 1970.
    seconds: String,
    /// `2026-11-27`.
    day: String,
}

fn committed(root: &Path) -> anyhow::Result<Committed> {
    let said = run(Command::new("git").args(["log", "-1", "--format=%ct %cs"]).current_dir(root))?;
    let (seconds, day) = said.trim().split_once(' ').context("git says when the sources were committed")?;
    Ok(Committed { seconds: seconds.to_owned(), day: day.to_owned() })
}

/// As a paragraph of a control file: a blank line is a dot, and each line begins with a space.
fn indented(text: &str) -> String {
    let line = |line: &str| if line.trim().is_empty() { " .".to_owned() } else { format!(" {line}") };
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What a program says on its standard output. One that fails is an error with all that it said.
fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done =
        command.output().with_context(|| format!("{name} does not start; it comes with Debian's build-essential"))?;
    if !done.status.success() {
        let arguments = command.get_args().collect::<Vec<_>>().join(OsStr::new(" "));
        bail!("{name} {}: {}", arguments.display(), String::from_utf8_lossy(&done.stderr).trim());
    }
    String::from_utf8(done.stdout).with_context(|| format!("{name} says what is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    /// A package around programs that are there already: this one, and one that needs liblzma as well.
    fn packed(folder: &Path) -> PathBuf {
        let about = About::read(root()).unwrap();
        let (studio, engine) = (std::env::current_exe().unwrap(), Path::new("/usr/bin/dpkg-deb"));
        pack(&about, root(), [&studio, engine], "Everything is free.", folder).unwrap()
    }

    fn field(package: &Path, name: &str) -> String {
        run(Command::new("dpkg-deb").args(["--field".as_ref(), package.as_os_str(), name.as_ref()])).unwrap()
    }

    #[test]
    fn the_package_says_what_it_needs_and_has_what_a_desktop_looks_for() {
        let folder = tempfile::tempdir().unwrap();
        let package = packed(folder.path());
        assert_eq!(field(&package, "Package").trim(), "klieg-studio");
        let depends = field(&package, "Depends");
        for needed in ["libc6 (>= ", "liblzma5 (>= ", "gstreamer1.0-plugins-ugly (>= 1.22)", "gstreamer1.0-libav"] {
            assert!(depends.contains(needed), "{needed}: {depends}");
        }
        let recommends = field(&package, "Recommends");
        assert!(recommends.contains("gstreamer1.0-wpe") && recommends.contains("va-driver-all"), "{recommends}");
        assert!(field(&package, "Installed-Size").trim().parse::<u64>().unwrap() > 100);

        let out = folder.path().join("out");
        run(Command::new("dpkg-deb").args(["--extract".as_ref(), package.as_os_str(), out.as_os_str()])).unwrap();
        let icons = out.join("usr/share/icons/hicolor");
        for size in ["16x16", "24x24", "32x32", "48x48", "64x64", "128x128", "256x256", "512x512"] {
            assert!(icons.join(size).join("apps/org.klieg.studio.png").is_file(), "{size}");
        }
        for file in [
            "usr/bin/klieg-studio",
            "usr/bin/klieg-engine",
            "usr/share/icons/hicolor/scalable/apps/org.klieg.studio.svg",
            "usr/share/doc/klieg-studio/copyright",
            "usr/share/doc/klieg-studio/third-party-licences.gz",
        ] {
            assert!(out.join(file).is_file(), "{file}");
        }
        let entry = out.join("usr/share/applications/org.klieg.studio.desktop");
        let text = fs::read_to_string(&entry).unwrap();
        assert!(text.contains("MimeType=x-scheme-handler/klieg-studio;\n") && !text.contains('{'), "{text}");
        run(Command::new("desktop-file-validate").arg(&entry)).expect("make setup installs desktop-file-utils");
        let metainfo = out.join("usr/share/metainfo/org.klieg.studio.metainfo.xml");
        run(Command::new("appstreamcli").args(["validate", "--no-net", "--explain"]).arg(&metainfo))
            .expect("make setup installs appstream");
    }

    #[test]
    fn the_same_sources_make_the_same_package() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(fs::read(packed(one.path())).unwrap() == fs::read(packed(other.path())).unwrap());
    }
}
