//! Links open the app once it is registered, in the eyes of the desktop's own programs too.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use bivouac_ui::desktop::{
    Rgba, open,
    scheme::{Scheme, SchemeError},
};
use tempfile::TempDir;

use super::session::{Session, said, soon};

#[test]
fn is_registered_and_forgotten() {
    let home = TempDir::new().unwrap();
    let (data, config) = (home.path().join("data"), home.path().join("config"));
    let scheme = Scheme { data: data.clone(), config: config.clone(), command: vec!["/opt/b c/app".into()] };
    let icon = Rgba::new(512, 512, vec![9; 512 * 512 * 4]).unwrap();
    assert!(!scheme.registered());
    scheme.unregister().unwrap();
    assert!(!data.exists() && !config.exists(), "nothing is done unasked");

    // A list that is a link into somebody's own folder, private, and not empty.
    let list = home.path().join("dotfiles");
    fs::write(&list, "# mine\n[Default Applications]\ntext/html=x.desktop\n").unwrap();
    fs::set_permissions(&list, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(&config).unwrap();
    std::os::unix::fs::symlink(&list, config.join("mimeapps.list")).unwrap();
    scheme.register(&icon).unwrap();
    scheme.register(&icon).unwrap();
    assert!(scheme.registered());
    let edited = "# mine\n[Default Applications]\nx-scheme-handler/bivouac=bivouac.desktop;\ntext/html=x.desktop\n";
    assert_eq!(fs::read_to_string(&list).unwrap(), edited);
    assert!(config.join("mimeapps.list").is_symlink());
    assert_eq!(list.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let entry = fs::read_to_string(data.join("applications/bivouac.desktop")).unwrap();
    assert!(entry.contains("\nExec=\"/opt/b c/app\" %u\n"), "{entry}");
    let png = image::open(data.join("icons/hicolor/256x256/apps/bivouac.png")).unwrap();
    assert_eq!(png.width(), 256);

    let moved = Scheme { command: vec!["/elsewhere/app".into(), "--data".into(), "/d".into()], ..scheme.clone() };
    assert!(!moved.registered());
    moved.register(&icon).unwrap();
    assert!(moved.registered() && !scheme.registered());
    scheme.unregister().unwrap();
    assert_eq!(fs::read_to_string(&list).unwrap(), "# mine\n[Default Applications]\ntext/html=x.desktop\n");
    let left: Vec<_> = walk(home.path());
    assert_eq!(left, ["dotfiles", "mimeapps.list"]);

    for damaged in [&b"\xff\xfe"[..], &vec![b'a'; 2 << 20]] {
        fs::write(&list, damaged).unwrap();
        assert!(matches!(scheme.register(&icon), Err(SchemeError::List(_))));
        assert!(matches!(scheme.unregister(), Err(SchemeError::List(_))));
        assert_eq!(fs::read(&list).unwrap(), damaged);
    }
    let odd = Scheme { command: vec!["/a\nExec=rm".into()], ..scheme };
    fs::remove_file(config.join("mimeapps.list")).unwrap();
    assert!(matches!(odd.register(&icon), Err(SchemeError::Path)));
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            names.extend(walk(&entry.path()));
        } else {
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn xdg_open_goes_by_it() {
    let test = "scheme::xdg_open_goes_by_it";
    let needs = ["xdg-open", "xdg-mime", "gio", "desktop-file-validate"];
    let Some(home) = (Session { test, needs: &needs, bus: false, x: false, env: &[("DISPLAY", ":4095")] }).enter()
    else {
        return;
    };
    // (A display is set because xdg-open looks for apps only where it thinks to see one.)
    // A folder whose path has everything a path may have, and an app that notes what it is called with.
    let folder = home.join("a \"b\" $c `d` %e");
    fs::create_dir_all(&folder).unwrap();
    let (app, note) = (home.join("app"), home.join("note"));
    fs::write(&app, format!("#!/bin/sh\nprintf '%s|' \"$@\" > {}\n", note.display())).unwrap();
    fs::set_permissions(&app, fs::Permissions::from_mode(0o755)).unwrap();
    let scheme = |data: Option<&Path>| {
        let mut scheme = Scheme::here(data).unwrap();
        assert_eq!(scheme.data, home.join("data"));
        scheme.command[0] = app.to_str().unwrap().to_owned();
        scheme.register(&Rgba::new(1, 1, vec![0; 4]).unwrap()).unwrap();
        scheme
    };
    let opened = async |program: &str, arguments: &[&str]| {
        let _ = fs::remove_file(&note);
        said(&[&[program], arguments].concat());
        soon(async {
            while fs::read_to_string(&note).unwrap_or_default().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        fs::read_to_string(&note).unwrap()
    };
    let entry = home.join("data/applications/bivouac.desktop");
    scheme(None);
    assert_eq!(said(&["desktop-file-validate", entry.to_str().unwrap()]), "");
    assert_eq!(said(&["xdg-mime", "query", "default", "x-scheme-handler/bivouac"]).trim(), "bivouac.desktop");
    assert_eq!(opened("xdg-open", &["bivouac://join/AAAA"]).await, "bivouac://join/AAAA|");
    let scheme = scheme(Some(&folder));
    assert_eq!(said(&["desktop-file-validate", entry.to_str().unwrap()]), "");
    let expected = format!("--data|{}|bivouac://join/AAAA|", folder.display());
    assert_eq!(opened("gio", &["open", "bivouac://join/AAAA"]).await, expected);
    scheme.unregister().unwrap();
    assert_eq!(said(&["xdg-mime", "query", "default", "x-scheme-handler/bivouac"]).trim(), "");
    // Nothing here opens the web.
    assert!(matches!(open::web("https://example.org/").await, Err(open::OpenError::Failed)));
}
