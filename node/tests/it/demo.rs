//! The demo keeps its own promises.

use std::process::Command;

use crate::cast::skip;

#[test]
fn every_row_of_the_closing_table_holds() {
    let out =
        Command::new(env!("CARGO_BIN_EXE_bivouac")).args(["demo", "--lines", "30", "--seconds", "0"]).output().unwrap();
    let (said, erred) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    println!("{said}\n{erred}");
    assert!(out.status.success(), "{said}\n{erred}");
    for row in ["delivered", "same order", "sent → heard", "crash survived", "removed"] {
        assert!(said.lines().any(|line| line.trim_start().starts_with("ok") && line.contains(row)), "{row}:\n{said}");
    }
    said.into_owned()
}

#[test]
fn a_text_that_is_not_there_is_named() {
    let out = Command::new(env!("CARGO_BIN_EXE_bivouac")).args(["demo", "no-such-file.txt"]).output().unwrap();
    assert!(!out.status.success());
    assert!(String::from_utf8_lossy(&out.stderr).contains("no-such-file.txt"));
}
