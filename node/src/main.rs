//! `bivouac`: the node without a window, for scripts, bots, tests and people at a terminal.

mod cli;
mod commands;
mod stderr;
mod stdout;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::{cli::Cli, stdout::Failure};

/// What is logged where `BIVOUAC_LOG` says nothing: our own words only; libraries name peers and addresses.
const LOGGED: &str = "off,bivouac=info,bivouac_node=info,bivouac_core=info";

/// What is allocated on one thread is freed on another here, from the network to the core to the committer. Under a flood
/// the system's allocator made the slowest lines take three times as long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    stderr::begin();
    let filter = EnvFilter::try_from_env("BIVOUAC_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(|| stderr::Stderr)
        .log_internal_errors(false)
        .init();
    let code = match run() {
        Ok(code) => code,
        Err(Failure::Unread) => ExitCode::FAILURE,
        Err(Failure::Said(sentence)) => {
            stderr::say(&sentence);
            ExitCode::FAILURE
        }
    };
    stderr::flush();
    code
}

fn run() -> Result<ExitCode, Failure> {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) if refusal.use_stderr() => {
            stderr::put(refusal.render().to_string().into_bytes());
            return Ok(ExitCode::from(2));
        }
        Err(help) => {
            stdout::print(help.render().to_string().as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    if let cli::Command::Demo(options) = &cli.command {
        let kept = bivouac_node::demo::run(options)?;
        return Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| Failure::Said(format!("the system has no room for another thread: {e}")))?;
    let result = runtime.block_on(commands::run(cli));
    // Reading standard input can't be interrupted; nothing else is left to wait for.
    runtime.shutdown_background();
    result.map(|()| ExitCode::SUCCESS)
}
