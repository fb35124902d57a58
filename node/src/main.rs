//! `bivouac`: the node without a window, for scripts, bots, tests and people at a terminal.

mod cli;
mod commands;

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use tracing_subscriber::EnvFilter;

/// What is logged where `BIVOUAC_LOG` says nothing: our own words only; libraries name peers and addresses.
const LOGGED: &str = "off,bivouac=info,bivouac_node=info,bivouac_core=info";

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let filter = EnvFilter::try_from_env("BIVOUAC_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    if let cli::Command::Demo(options) = &cli.command {
        return bivouac_node::demo::run(options);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bivouac: the system has no room for another thread: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(commands::run(cli));
    // Reading standard input can't be interrupted; nothing else is left to wait for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bivouac: {message}");
            ExitCode::FAILURE
        }
    }
}
