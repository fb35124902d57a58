//! How a node is started.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use super::{Host, Lab};

/// How to start a node: the same again after it was killed.
#[derive(Clone, Debug)]
pub struct Launch {
    enter: Vec<OsString>,
    by: Vec<OsString>,
    program: PathBuf,
    data: PathBuf,
    args: Vec<OsString>,
    pub(super) log: Option<String>,
    pub(super) halt: Arc<AtomicBool>,
}

impl Launch {
    /// `bivouac rpc --data DIR` with `program` as the binary.
    pub fn new(program: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            enter: Vec::new(),
            by: Vec::new(),
            program: program.into(),
            data: data.into(),
            args: Vec::new(),
            log: None,
            halt: Arc::default(),
        }
    }

    /// On a host of a lab.
    #[must_use]
    pub fn on(mut self, lab: &Lab, host: Host) -> Self {
        self.enter = lab.on(host);
        self
    }

    /// By another command, such as one that watches it: what goes in front of the program, wherever that runs.
    #[must_use]
    pub fn by(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.by.extend(words.into_iter().map(Into::into));
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// With a log filter, as `BIVOUAC_LOG` takes it.
    #[must_use]
    pub fn log(mut self, filter: impl Into<String>) -> Self {
        self.log = Some(filter.into());
        self
    }

    /// With a flag that, once set, ends every wait with [`LabError::CalledOff`](super::LabError::CalledOff).
    #[must_use]
    pub fn halted_by(mut self, halt: Arc<AtomicBool>) -> Self {
        self.halt = halt;
        self
    }

    /// Where the node keeps what it has.
    pub fn data(&self) -> &Path {
        &self.data
    }

    pub(super) fn argv(&self) -> Vec<OsString> {
        let mut argv = [self.enter.as_slice(), &self.by].concat();
        argv.extend([self.program.clone().into(), "rpc".into(), "--data".into(), self.data.clone().into()]);
        argv.extend(self.args.iter().cloned());
        argv
    }
}
