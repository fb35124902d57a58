//! Errors as they stand on the wire: an integer for the protocol, a kind for programs, a sentence for people.

use std::io;

use bivouac_core::io::{CommandError, ErrorKind};
use serde_json::{json, value::RawValue};

use crate::{CallError, FileError, IdentityFileError, StartError, WriteError};

/// Longest sentence, in characters: some quote what they were given.
const MESSAGE_MAX: usize = 400;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RpcError {
    code: i32,
    kind: &'static str,
    message: String,
    param: Option<String>,
}

impl RpcError {
    fn new(code: i32, kind: &'static str, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MESSAGE_MAX) {
            message.replace_range(end.., "…");
        }
        Self { code, kind, message, param: None }
    }

    /// No JSON.
    pub(super) fn parse(message: impl Into<String>) -> Self {
        Self::new(-32700, "parse_error", message)
    }

    /// JSON, but no request.
    pub(super) fn request(message: impl Into<String>) -> Self {
        Self::new(-32600, "invalid_request", message)
    }

    /// No such method, or none as yet.
    pub(super) fn method(name: &str) -> Self {
        let shown: String = name.chars().take(64).collect();
        Self::new(-32601, "method_not_found", format!("there is no method {shown}; docs/rpc.md lists them"))
    }

    /// A parameter is missing, unknown or breaks a rule.
    pub(super) fn param(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::new(-32602, "invalid_params", message) }
    }

    /// The parameters as a whole are not an object.
    pub(super) fn params(message: impl Into<String>) -> Self {
        Self::new(-32602, "invalid_params", message)
    }

    /// Something that should not happen.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(-32603, "internal", message)
    }

    /// A file that can't be taken in or had.
    fn file(error: &FileError) -> Self {
        let message = error.to_string();
        match error {
            FileError::Unreadable(..) | FileError::NotAFile(_) | FileError::Nameless(_) => {
                Self::param("files", message)
            }
            FileError::Unsavable(..) => Self::param("path", message),
            FileError::TooLarge(_) | FileError::Long { .. } => Self::new(-32006, "too_large", message),
            FileError::Full(_) => Self::new(-32011, "disk_full", message),
            FileError::Exists(_) => Self { param: Some("path".to_owned()), ..Self::new(-32002, "exists", message) },
            FileError::Rotten => Self::new(-32012, "store_damaged", message),
            FileError::Unreachable | FileError::Stopped | FileError::Withdrawn => {
                Self::new(-32009, "unreachable", message)
            }
            FileError::Command(error) => error.clone().into(),
            FileError::Closed => CallError::Closed.into(),
        }
    }

    /// The same, of files that another parameter names.
    pub(super) fn of_files(self, param: &str) -> Self {
        match self.param.as_deref() {
            Some("files") => Self { param: Some(param.to_owned()), ..self },
            _ => self,
        }
    }

    /// The sentence for people.
    pub(super) fn into_message(self) -> String {
        self.message
    }

    /// The answer with this error, on a line.
    pub(super) fn response(self, id: &RawValue) -> String {
        let mut data = json!({ "kind": self.kind });
        if let Some(param) = self.param {
            data["param"] = param.into();
        }
        let error = json!({ "code": self.code, "message": self.message, "data": data });
        format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
    }
}

impl From<CommandError> for RpcError {
    fn from(error: CommandError) -> Self {
        let (code, kind) = match error.kind {
            ErrorKind::Invalid => (-32602, "invalid_params"),
            ErrorKind::Exists => (-32002, "exists"),
            ErrorKind::NotFound => (-32004, "not_found"),
            ErrorKind::Forbidden => (-32005, "forbidden"),
            ErrorKind::TooLarge => (-32006, "too_large"),
            ErrorKind::InviteExpired => (-32007, "invite_expired"),
            ErrorKind::InviteUsed => (-32008, "invite_used"),
            ErrorKind::Unreachable => (-32009, "unreachable"),
            ErrorKind::RateLimited => (-32010, "rate_limited"),
            ErrorKind::DiskFull => (-32011, "disk_full"),
            ErrorKind::StoreDamaged => (-32012, "store_damaged"),
            ErrorKind::NoKey => (-32013, "no_key"),
            ErrorKind::Busy => (-32014, "busy"),
        };
        Self { param: error.param.map(str::to_owned), ..Self::new(code, kind, error.message) }
    }
}

impl From<CallError> for RpcError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NoIdentity => Self::new(-32001, "no_identity", error.to_string()),
            CallError::Command(error) => error.into(),
            CallError::File(error) => Self::file(&error),
            CallError::Closed => Self::new(-32014, "busy", "the node is shutting down; start it again and retry"),
        }
    }
}

impl From<StartError> for RpcError {
    fn from(error: StartError) -> Self {
        let message = error.to_string();
        match error {
            StartError::Exists => Self::new(-32002, "exists", message),
            StartError::Vault(_) => Self::new(-32003, "locked", message),
            StartError::Identity(IdentityFileError::Name(_)) => Self::param("name", message),
            StartError::Identity(IdentityFileError::Io(error)) if error.kind() == io::ErrorKind::StorageFull => {
                Self::new(-32011, "disk_full", message)
            }
            StartError::Write(WriteError::Full) | StartError::Store(crate::OpenError::Full) => {
                Self::new(-32011, "disk_full", message)
            }
            StartError::Core(_) => Self::new(-32012, "store_damaged", message),
            StartError::Closed => CallError::Closed.into(),
            _ => Self::internal(message),
        }
    }
}
