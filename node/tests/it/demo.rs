//! The demo keeps its own promises.

use std::process::Command;

use crate::cast::skip;

#[test]
fn every_row_of_the_closing_table_holds() {
    kept(Command::new(env!("CARGO_BIN_EXE_bivouac")).args(["demo", "--lines", "30", "--seconds", "0"]));
}

#[test]
fn without_namespaces_it_is_held_on_loopback() {
    // A user namespace that forbids further ones.
    let none = "echo 0 > /proc/sys/user/max_net_namespaces; echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"";
    let inside = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-Ur", "sh", "-c", none, "sh"]).args(command);
        unshare
    };
    if !inside(&["true"]).output().is_ok_and(|out| out.status.success()) {
        return skip("demo-loopback", "no user namespaces");
    }
    let said = kept(&mut inside(&[env!("CARGO_BIN_EXE_bivouac"), "demo", "--lines", "15", "--seconds", "0"]));
    assert!(said.contains("loopback"), "{said}");
}

#[test]
fn a_text_that_is_not_there_is_named() {
    let out = Command::new(env!("CARGO_BIN_EXE_bivouac")).args(["demo", "no-such-file.txt"]).output().unwrap();
    assert!(!out.status.success());
    assert!(String::from_utf8_lossy(&out.stderr).contains("no-such-file.txt"));
}

/// Run a demo, every row of whose table is to hold; what it printed.
fn kept(demo: &mut Command) -> String {
    let out = demo.output().unwrap();
    let (said, erred) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    println!("{said}\n{erred}");
    assert!(out.status.success(), "{said}\n{erred}");
    for row in ["delivered", "same order", "sent → heard", "crash survived", "removed"] {
        assert!(said.lines().any(|line| line.trim_start().starts_with("ok") && line.contains(row)), "{row}:\n{said}");
    }
    said.into_owned()
}
