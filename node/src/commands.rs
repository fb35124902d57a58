//! What the commands do: open the data folder, make the same calls as the JSON-RPC surface, print the answer.

mod find;
mod get;
mod session;
mod talk;

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    thread,
};

use bivouac_node::{Config, Handle, Passphrase, rpc};
use clap::CommandFactory;
use rustix::event::{PollFd, PollFlags, poll};
use zeroize::Zeroizing;

use self::session::Session;
use crate::{
    cli::{Cli, Command, NodeArgs},
    stdout::{Failure, print},
};

/// Longest passphrase, in bytes.
const PASSPHRASE_MAX: usize = 4_096;

/// Runs a command.
///
/// # Errors
/// A sentence, or nothing where nobody reads.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { node, command } = cli;
    match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "bivouac", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|e| e.to_string())?;
            print(&page)
        }
        Command::Rpc { audio } => {
            if audio.is_some() || !node.rendezvous.is_empty() {
                tracing::info!("--audio and --rendezvous are not built yet and change nothing");
            }
            let input = BufReader::new(std::io::stdin());
            rpc::serve(config(&node)?, input, std::io::stdout(), interrupted(), hung_up())
                .await
                .map_err(|e| e.to_string().into())
        }
        command => {
            let handle = Handle::open(config(&node)?).await.map_err(|e| e.to_string())?;
            let mut session = Session::new(handle.clone(), &node);
            let result = session.run(command).await;
            session.warnings();
            handle.shutdown().await;
            result
        }
    }
}

fn config(node: &NodeArgs) -> Result<Config, String> {
    let data = match &node.data {
        Some(data) => data.clone(),
        None => default_data().ok_or("there is no home folder to keep data in; choose a folder with --data")?,
    };
    let mut config = Config::new(data);
    config.listen.clone_from(&node.listen);
    config.mdns = !node.no_mdns;
    config.keep_files = node.keep_files_mib.saturating_mul(1 << 20);
    config.passphrase = node.passphrase_file.as_deref().map(read_passphrase).transpose()?;
    Ok(config)
}

fn default_data() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "bivouac").map(|dirs| dirs.data_dir().to_owned())
}

fn read_passphrase(path: &Path) -> Result<Passphrase, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MAX + 1));
    let read = File::open(path).and_then(|file| file.take(PASSPHRASE_MAX as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|e| format!("the passphrase file {} can't be read: {e}; check the path", path.display()))?;
    let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(bytes.len());
    if end > PASSPHRASE_MAX {
        let path = path.display();
        return Err(format!(
            "the first line of {path} is longer than {PASSPHRASE_MAX} bytes; is it the passphrase file?"
        ));
    }
    bytes.truncate(end);
    Ok(Passphrase(bytes))
}

/// Resolves when the process is asked to end, from this call on.
fn interrupted() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)))
    };
    async move {
        #[cfg(unix)]
        if let Ok((mut term, mut int)) = signals {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            return;
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_ok() {
            return;
        }
        std::future::pending().await
    }
}

/// Resolves when nobody writes to standard input any more, even while what was written waits to be read. For files
/// never: they are read to their end.
async fn hung_up() {
    let (sender, told) = tokio::sync::oneshot::channel();
    let wait = move || {
        let input = std::io::stdin();
        let mut wait = [PollFd::new(&input, PollFlags::empty())];
        while matches!(poll(&mut wait, None), Err(rustix::io::Errno::INTR)) {}
        if wait[0].revents().contains(PollFlags::HUP) {
            // Where the node has ended meanwhile, nobody needs to know.
            let _ = sender.send(());
        }
    };
    if thread::Builder::new().name("stdin".to_owned()).spawn(wait).is_err() || told.await.is_err() {
        std::future::pending().await
    }
}
