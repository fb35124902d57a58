//! What went wrong, kept as what it is: it becomes a sentence of the catalogue where it is shown, in the language spoken then.
//! Errors speak English, and of the command line; so each is given its sentence here, and a new one can't be forgotten.

use std::{
    io,
    path::{Path, PathBuf},
};

use bivouac_node::{
    CallError, FILE_MAX, FileError, FolderError, IdentityFileError, NetError, OpenError as StoreError, StartError,
    VaultError, WriteError,
    core::{
        OpenError as CoreError,
        authority::Void,
        io::{CommandError, ErrorKind, Reason},
        model::Permissions,
    },
};

use crate::{
    avatar::AvatarError,
    desktop::{
        Unavailable, clipboard::ClipboardError, hotkey::Refusal, instance::InstanceError, link::LinkError,
        open::OpenError, scheme::SchemeError,
    },
    format,
    lock::LockError,
    screen::permits,
    words::{Language, Value, Words},
};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    key: &'static str,
    places: Vec<(&'static str, Place)>,
    /// In the words of whoever met it, which are English and may name anything.
    own: Option<String>,
}

/// What fills a place of its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A number, which chooses the plural.
    Number(usize),
    /// Bytes.
    Size(u64),
    /// Where something lies.
    Path(PathBuf),
    /// An address of the network.
    Address(String),
    /// How long, in seconds.
    Time(u64),
    /// What one may do.
    Permissions(Permissions),
    /// Why, as a part of the sentence.
    Why(Box<Fault>),
}

impl Fault {
    /// What is called `key`.
    #[must_use]
    pub fn of(key: &'static str) -> Self {
        Self { key, places: Vec::new(), own: None }
    }

    /// With one of its places filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, place: Place) -> Self {
        self.places.push((name, place));
        self
    }

    /// Something that lies somewhere.
    #[must_use]
    pub fn at(self, path: impl Into<PathBuf>) -> Self {
        self.with("path", Place::Path(path.into()))
    }

    /// And why that is.
    #[must_use]
    pub fn because(self, why: impl Into<Self>) -> Self {
        self.with("why", Place::Why(Box::new(why.into())))
    }

    /// Says in English what only whoever met it can tell.
    #[must_use]
    pub fn or(self, own: String) -> Self {
        Self { own: Some(own), ..self }
    }

    /// What the node warns of.
    #[must_use]
    pub fn warning(kind: &str, message: &str) -> Self {
        let key = match kind {
            "clock" => "warning-clock",
            "fork" => "warning-fork",
            "elsewhere" => "warning-elsewhere",
            "store_damaged" => "warning-store",
            "garbage_key" => "warning-key",
            "garbage_file" => "warning-file",
            "lagged" => "warning-lagged",
            _ => "warning-other",
        };
        Self::of(key).or(message.to_owned())
    }

    /// In the user's words. `hides`: others see the screen, and nothing is said of where anything is.
    #[must_use]
    pub fn say(&self, w: &Words, hides: bool) -> String {
        if let Some(own) = self.own.as_ref().filter(|_| !hides && w.language() == Language::English) {
            return own.clone();
        }
        let value = |place: &Place| -> Value<'static> {
            match place {
                Place::Number(number) => (*number).into(),
                Place::Size(bytes) => format::size(w, *bytes).into(),
                Place::Path(path) => shown(path, hides).into(),
                Place::Address(_) if hides => "…".into(),
                Place::Address(address) => address.clone().into(),
                Place::Time(seconds) => format::duration(w, seconds.saturating_mul(1_000)).into(),
                Place::Permissions(of) => permits::names(*of, w).into(),
                Place::Why(why) => why.say(w, hides).into(),
            }
        };
        let places: Vec<_> = self.places.iter().map(|(name, place)| (*name, value(place))).collect();
        w.with(self.key, &places)
    }
}

/// A path, of which others who see the screen are shown only the name.
#[must_use]
pub fn shown(path: &Path, hides: bool) -> String {
    match path.file_name() {
        _ if !hides => path.display().to_string(),
        Some(name) => name.to_string_lossy().into_owned(),
        None => "…".to_owned(),
    }
}

impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NoIdentity => Self::of("fault-no-identity"),
            CallError::Command(error) => error.into(),
            CallError::File(error) => Self::from(&*error),
            CallError::Closed => Self::of("fault-closed"),
        }
    }
}

impl From<CommandError> for Fault {
    fn from(CommandError { kind, param, reason, .. }: CommandError) -> Self {
        if let Some(reason) = reason {
            return reason.into();
        }
        Self::of(match (kind, param) {
            (ErrorKind::Invalid, Some("link")) => "fault-link",
            (ErrorKind::Invalid, Some("name" | "nick")) => "fault-name",
            (ErrorKind::Invalid | ErrorKind::TooLarge, Some("picture" | "icon")) => "fault-picture",
            (ErrorKind::Invalid, Some("password")) => "fault-password",
            (ErrorKind::Forbidden, Some("password")) => "fault-password-wrong",
            (ErrorKind::Exists, Some("device")) => "fault-knocked",
            (ErrorKind::Forbidden, Some("device")) => "fault-banned",
            (ErrorKind::Invalid, _) => "fault-invalid",
            (ErrorKind::NotFound, _) => "fault-not-found",
            (ErrorKind::Exists, _) => "fault-exists",
            (ErrorKind::Forbidden, _) => "fault-forbidden",
            (ErrorKind::TooLarge, _) => "fault-too-large",
            (ErrorKind::InviteExpired, _) => "fault-invite-expired",
            (ErrorKind::InviteUsed, _) => "fault-invite-used",
            (ErrorKind::Unreachable, _) => "fault-unreachable",
            (ErrorKind::DiskFull, _) => "fault-disk",
            (ErrorKind::StoreDamaged, _) => "fault-store-damaged",
            (ErrorKind::NoKey, _) => "fault-no-key",
            (ErrorKind::Busy, _) => "fault-busy",
            (ErrorKind::RateLimited, _) => "fault-too-soon",
        })
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        let most = |key, most| Self::of(key).with("most", Place::Number(most));
        Self::of(match reason {
            Reason::Lacks(of) => return Self::of("refused-lacks").with("permissions", Place::Permissions(of)),
            Reason::LacksHere(of) => {
                return Self::of("refused-lacks-here").with("permissions", Place::Permissions(of));
            }
            Reason::Law(void) => return Self::of("refused-law").because(Self::of(why(void))),
            Reason::Silenced(seconds) => return Self::of("refused-silenced").with("time", Place::Time(seconds)),
            Reason::Slow(seconds) => return Self::of("refused-slow").with("time", Place::Time(seconds)),
            Reason::GuildsMost(count) => return most("refused-guilds-most", count),
            Reason::ChannelsMost(count) => return most("refused-channels-most", count),
            Reason::RolesMost(count) => return most("refused-roles-most", count),
            Reason::PinsMost(count) => return most("refused-pins-most", count),
            Reason::EditsMost(count) => return most("refused-edits-most", count),
            Reason::DiskNeeds(bytes) => return Self::of("refused-disk-needs").with("size", Place::Size(bytes)),
            Reason::MessagesWaiting => "refused-messages-waiting",
            Reason::KeysComing => "refused-keys-coming",
            Reason::ReadOnly => "refused-read-only",
            Reason::NotSent => "refused-not-sent",
            Reason::JoinsMost => "refused-joins-most",
            Reason::EntriesMost => "refused-entries-most",
            Reason::KnocksMost => "refused-knocks-most",
            Reason::NotMember => "refused-not-member",
            Reason::Unseen => "refused-unseen",
            Reason::OwnerStays => "refused-owner-stays",
            Reason::OwnerOnly => "refused-owner-only",
            Reason::ReadsOnly => "refused-reads-only",
            Reason::Outranked => "refused-outranked",
            Reason::AuthorOnly => "refused-author-only",
            Reason::AuthorOrManager => "refused-author-or-manager",
            Reason::StarterOrManager => "refused-starter-or-manager",
            Reason::ClockAhead => "refused-clock",
            Reason::KeyComing => "refused-key-coming",
            Reason::Sealed => "refused-sealed",
            Reason::StoreFails => "refused-store-fails",
            Reason::Removed => "refused-removed",
            Reason::NotAccepted => "refused-invite",
            Reason::HostLeft => "refused-host-left",
            Reason::NobodyReached => "refused-nobody",
            Reason::NoMemberReached => "refused-no-member",
            Reason::Denied => "refused-denied",
            Reason::EnteredKeyless => "refused-keyless",
            Reason::Unchecked => "refused-unchecked",
            Reason::Hidden => "refused-hidden",
            Reason::NoKnocks => "refused-no-knocks",
            Reason::KnockLater => "refused-knock-later",
            Reason::KnockUnreached => "refused-knock-unreached",
            Reason::KnockLeft => "refused-knock-left",
            Reason::TurnedAway => "refused-turned-away",
            Reason::Unanswered => "refused-unanswered",
        })
    }
}

/// The key of why an act of the guild's law is void: a part of a sentence.
#[must_use]
pub fn why(void: Void) -> &'static str {
    match void {
        Void::Sealed => "void-sealed",
        Void::Unreadable => "void-unreadable",
        Void::NotHeld => "void-not-held",
        Void::NotAllowed => "void-not-allowed",
        Void::Outranked => "void-outranked",
        Void::Invite => "void-invite",
        Void::Banned => "void-banned",
        Void::Forked => "void-forked",
        Void::Revoked => "void-revoked",
        Void::HandedOver => "void-handed-over",
        Void::Unknown => "void-unknown",
    }
}

impl From<&FileError> for Fault {
    fn from(error: &FileError) -> Self {
        match error {
            FileError::Unreadable(path, why) => Self::of("fault-file-unreadable").at(path).because(why),
            FileError::NotAFile(path) => Self::of("fault-file-odd").at(path),
            FileError::TooLarge(path) => Self::of("fault-file-large").at(path).with("size", Place::Size(FILE_MAX)),
            FileError::Nameless(path) => Self::of("fault-file-nameless").at(path),
            FileError::Full(why) => Self::of("fault-file-full").because(why),
            FileError::Exists(path) => Self::of("fault-file-exists").at(path),
            FileError::Unsavable(path, why) => Self::of("fault-file-unsavable").at(path).because(why),
            FileError::Rotten => Self::of("fault-file-rotten"),
            FileError::Long { size, max } => {
                Self::of("fault-file-long").with("size", Place::Size(*size)).with("most", Place::Size(*max))
            }
            FileError::Stopped => Self::of("fault-file-stopped"),
            FileError::Withdrawn => Self::of("letter-stopped"),
            FileError::Unreachable => Self::of("fault-file-unreachable"),
            FileError::Command(error) => error.clone().into(),
            FileError::Closed => Self::of("fault-closed"),
        }
    }
}

impl From<StartError> for Fault {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Clock => Self::of("fault-clock"),
            StartError::Folder(error) => error.into(),
            StartError::Vault(error) => error.into(),
            StartError::Identity(error) => error.into(),
            StartError::Exists => Self::of("fault-identity-exists"),
            StartError::Store(StoreError::Full) | StartError::Write(WriteError::Full) => Self::of("fault-disk"),
            StartError::Store(StoreError::Failed(why)) => Self::of("fault-store").because(&why),
            StartError::Write(WriteError::Failed(why)) => Self::of("fault-store-write").because(&why),
            StartError::Core(CoreError::Identity) => Self::of("fault-identity-other"),
            StartError::Core(CoreError::Damaged(_)) => Self::of("fault-store-damaged"),
            StartError::Net(error) => error.into(),
            StartError::Thread(why) => Self::of("fault-thread").because(&why),
            StartError::Closed => Self::of("fault-closed"),
        }
    }
}

impl From<FolderError> for Fault {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::InUse(path) => Self::of("fault-folder-used").at(path),
            FolderError::NotFolder(path) => Self::of("fault-folder-none").at(path),
            FolderError::NotWritable(path, why) => Self::of("fault-folder-closed").at(path).because(&why),
            FolderError::Newer(path, _) => Self::of("fault-folder-newer").at(path),
            FolderError::NotOurs(path) => Self::of("fault-folder-odd").at(path),
        }
    }
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Locked => Self::of("unlock-hint"),
            VaultError::WrongPassphrase => Self::of("fault-passphrase"),
            VaultError::NoPassphrase => Self::of("fault-passphrase-none"),
            VaultError::Empty => Self::of("fault-passphrase-empty"),
            VaultError::Damaged(path) => Self::of("fault-vault-damaged").at(path),
            VaultError::Kdf(_) => Self::of("fault-vault-kdf"),
            VaultError::Io(why) => Self::of("fault-vault").because(&why),
        }
    }
}

impl From<IdentityFileError> for Fault {
    fn from(error: IdentityFileError) -> Self {
        match error {
            IdentityFileError::Damaged(path) => Self::of("fault-identity-damaged").at(path),
            IdentityFileError::Gone(path) => Self::of("fault-identity-gone").at(path),
            IdentityFileError::Identity(_) => Self::of("fault-identity-odd"),
            IdentityFileError::Name(_) => Self::of("fault-name"),
            IdentityFileError::Io(why) => Self::of("fault-identity").because(&why),
        }
    }
}

impl From<NetError> for Fault {
    fn from(error: NetError) -> Self {
        let on = Place::Address;
        match error {
            NetError::Address(address) => Self::of("fault-address").with("address", on(address)),
            NetError::Listen(address, why) => Self::of("fault-listen").with("address", on(address)).because(&why),
            NetError::NoAddress(why) => Self::of("fault-no-address").because(&why),
            NetError::Setup(_) => Self::of("fault-network"),
        }
    }
}

impl From<LockError> for Fault {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Vault(error) => error.into(),
            LockError::Keyring(why) => Self::of("lock-no-keyring").because(why),
        }
    }
}

impl From<AvatarError> for Fault {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::Read(..) => Self::of("profile-avatar-unread"),
            AvatarError::Picture(_) => Self::of("profile-avatar-unfit"),
            AvatarError::Call(error) => error.into(),
        }
    }
}

impl From<InstanceError> for Fault {
    fn from(error: InstanceError) -> Self {
        match error {
            InstanceError::Folder(path, why) => Self::of("fault-folder-closed").at(path).because(&why),
            InstanceError::Silent(path) => Self::of("fault-instance-silent").at(path),
        }
    }
}

impl From<LinkError> for Fault {
    fn from(error: LinkError) -> Self {
        Self::of(match error {
            LinkError::NotOurs => "fault-link-other",
            LinkError::TooLong => "fault-link-long",
            LinkError::Join => "fault-link",
            LinkError::Message => "fault-link-message",
        })
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotWeb => Self::of("fault-open-not-web"),
            OpenError::NotFolder(path) => Self::of("fault-open-no-folder").at(path),
            OpenError::Missing(why) => Self::of("fault-open-missing").because(&why),
            OpenError::Failed => Self::of("fault-open-failed"),
        }
    }
}

impl From<ClipboardError> for Fault {
    fn from(error: ClipboardError) -> Self {
        Self::of(match error {
            ClipboardError::Unavailable => "fault-clipboard",
            ClipboardError::Silent => "fault-clipboard-silent",
            ClipboardError::TooLarge => "fault-clipboard-large",
            ClipboardError::Unreadable => "fault-clipboard-odd",
        })
    }
}

impl From<SchemeError> for Fault {
    fn from(error: SchemeError) -> Self {
        match error {
            SchemeError::NoHome => Self::of("fault-scheme-home"),
            SchemeError::Path => Self::of("fault-scheme-path"),
            SchemeError::List(path) => Self::of("fault-scheme-list").at(path),
            SchemeError::File(path, why) => Self::of("fault-scheme-file").at(path).because(&why),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(error: Refusal) -> Self {
        Self::of(match error {
            Refusal::Unknown => "refusal-unknown",
            Refusal::Typing => "refusal-typing",
            Refusal::Taken => "refusal-taken",
        })
    }
}

/// A part of a sentence, which tells what it is that can't be had.
impl From<Unavailable> for Fault {
    fn from(error: Unavailable) -> Self {
        match error {
            Unavailable::NoBus(_) => Self::of("why-no-bus"),
            Unavailable::NoService(_) => Self::of("why-no-service"),
            Unavailable::Silent(_) => Self::of("why-silent"),
            Unavailable::Refused(_, why) => Self::of("why-refused").or(why.trim_end_matches('.').to_owned()),
        }
    }
}

/// A part of a sentence.
impl From<&io::Error> for Fault {
    fn from(error: &io::Error) -> Self {
        Self::of(match error.kind() {
            io::ErrorKind::NotFound => "why-missing",
            io::ErrorKind::PermissionDenied => "why-denied",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "why-full",
            io::ErrorKind::ReadOnlyFilesystem => "why-read-only",
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => "why-folder",
            io::ErrorKind::AddrInUse => "why-taken",
            io::ErrorKind::AddrNotAvailable => "why-not-here",
            _ => return Self::of("why-system").or(error.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use bivouac_node::core::model::name::NameError;

    use super::*;

    fn system() -> io::Error {
        io::ErrorKind::PermissionDenied.into()
    }

    fn command(kind: ErrorKind, param: Option<&'static str>) -> CallError {
        CallError::Command(CommandError::new(kind, param, "This breaks a rule of the core's."))
    }

    /// An error with what it says of itself.
    fn met<E: std::fmt::Display + Into<Fault>>(error: E) -> (String, Fault) {
        (error.to_string(), error.into())
    }

    fn file(error: FileError) -> (String, Fault) {
        (error.to_string(), Fault::from(&error))
    }

    /// Of most kinds one; that each has a sentence is held by the compiler.
    fn all() -> Vec<(String, Fault)> {
        let path = || PathBuf::from("/home/ana/camp/data");
        let address = || "/ip4/10.0.0.7/tcp/4001".to_owned();
        let kinds = [
            ErrorKind::Invalid,
            ErrorKind::NotFound,
            ErrorKind::Exists,
            ErrorKind::Forbidden,
            ErrorKind::TooLarge,
            ErrorKind::InviteExpired,
            ErrorKind::InviteUsed,
            ErrorKind::Unreachable,
            ErrorKind::DiskFull,
            ErrorKind::StoreDamaged,
            ErrorKind::NoKey,
            ErrorKind::Busy,
            ErrorKind::RateLimited,
        ];
        let params = [None, Some("link"), Some("name"), Some("icon"), Some("password"), Some("device"), Some("text")];
        let mut all: Vec<_> =
            kinds.into_iter().flat_map(|kind| params.map(|param| met(command(kind, param)))).collect();
        let reasons = [
            Reason::NotMember,
            Reason::Unseen,
            Reason::OwnerStays,
            Reason::OwnerOnly,
            Reason::Lacks(Permissions::BAN | Permissions::KICK),
            Reason::LacksHere(Permissions::ATTACH),
            Reason::ReadsOnly,
            Reason::Outranked,
            Reason::Law(Void::Banned),
            Reason::Silenced(90),
            Reason::AuthorOnly,
            Reason::AuthorOrManager,
            Reason::StarterOrManager,
            Reason::Slow(7),
            Reason::ClockAhead,
            Reason::KeyComing,
            Reason::Sealed,
            Reason::GuildsMost(100),
            Reason::ChannelsMost(500),
            Reason::RolesMost(250),
            Reason::PinsMost(250),
            Reason::EditsMost(1_000),
            Reason::StoreFails,
            Reason::MessagesWaiting,
            Reason::KeysComing,
            Reason::ReadOnly,
            Reason::NotSent,
            Reason::DiskNeeds(64_000_000),
            Reason::JoinsMost,
            Reason::EntriesMost,
            Reason::KnocksMost,
            Reason::Removed,
            Reason::NotAccepted,
            Reason::HostLeft,
            Reason::NobodyReached,
            Reason::NoMemberReached,
            Reason::Denied,
            Reason::EnteredKeyless,
            Reason::Unchecked,
            Reason::Hidden,
            Reason::NoKnocks,
            Reason::KnockLater,
            Reason::KnockUnreached,
            Reason::KnockLeft,
            Reason::TurnedAway,
            Reason::Unanswered,
        ];
        all.extend(reasons.map(|reason| met(CommandError::from(reason))));
        all.extend([met(CallError::NoIdentity), met(CallError::Closed)]);
        all.extend([
            file(FileError::Unreadable(path(), system())),
            file(FileError::NotAFile(path())),
            file(FileError::TooLarge(path())),
            file(FileError::Nameless(path())),
            file(FileError::Full(system())),
            file(FileError::Exists(path())),
            file(FileError::Unsavable(path(), system())),
            file(FileError::Rotten),
            file(FileError::Long { size: 40_000_000, max: 32_000_000 }),
            file(FileError::Stopped),
            file(FileError::Withdrawn),
            file(FileError::Unreachable),
            file(FileError::Closed),
        ]);
        all.extend(
            [
                StartError::Clock,
                StartError::Folder(FolderError::InUse(path())),
                StartError::Folder(FolderError::NotFolder(path())),
                StartError::Folder(FolderError::NotWritable(path(), system())),
                StartError::Folder(FolderError::Newer(path(), 2)),
                StartError::Folder(FolderError::NotOurs(path())),
                StartError::Vault(VaultError::Locked),
                StartError::Vault(VaultError::WrongPassphrase),
                StartError::Vault(VaultError::NoPassphrase),
                StartError::Vault(VaultError::Empty),
                StartError::Vault(VaultError::Damaged(path())),
                StartError::Vault(VaultError::Io(system())),
                StartError::Identity(IdentityFileError::Damaged(path())),
                StartError::Identity(IdentityFileError::Gone(path())),
                StartError::Identity(IdentityFileError::Name(NameError::Long(64))),
                StartError::Identity(IdentityFileError::Io(system())),
                StartError::Exists,
                StartError::Store(StoreError::Full),
                StartError::Store(StoreError::Failed(system())),
                StartError::Write(WriteError::Failed(system())),
                StartError::Core(CoreError::Identity),
                StartError::Net(NetError::Address(address())),
                StartError::Net(NetError::Listen(address(), io::ErrorKind::AddrInUse.into())),
                StartError::Net(NetError::NoAddress(io::ErrorKind::AddrNotAvailable.into())),
                StartError::Net(NetError::Setup("no transport".to_owned())),
                StartError::Thread(io::ErrorKind::OutOfMemory.into()),
                StartError::Closed,
            ]
            .map(met),
        );
        all.extend([
            met(LockError::Keyring(Unavailable::NoBus("a keyring"))),
            met(LockError::Keyring(Unavailable::NoService("a keyring"))),
            met(LockError::Keyring(Unavailable::Silent("a keyring"))),
            met(LockError::Keyring(Unavailable::Refused("a keyring", "it stayed locked".to_owned()))),
            met(AvatarError::Read(path(), system())),
            met(AvatarError::Picture(path())),
            met(InstanceError::Folder(path(), system())),
            met(InstanceError::Silent(path())),
            met(OpenError::NotWeb),
            met(OpenError::NotFolder(path())),
            met(OpenError::Missing(io::ErrorKind::NotFound.into())),
            met(OpenError::Failed),
            met(SchemeError::NoHome),
            met(SchemeError::Path),
            met(SchemeError::List(path())),
            met(SchemeError::File(path(), system())),
        ]);
        all.extend([LinkError::NotOurs, LinkError::TooLong, LinkError::Join, LinkError::Message].map(met));
        let clipboard = [ClipboardError::Unavailable, ClipboardError::Silent, ClipboardError::TooLarge];
        all.extend(clipboard.into_iter().chain([ClipboardError::Unreadable]).map(met));
        all.extend([Refusal::Unknown, Refusal::Typing, Refusal::Taken].map(met));
        for kind in ["clock", "fork", "elsewhere", "store_damaged", "garbage_key", "garbage_file", "lagged", "new"] {
            let message = "Something is odd with /home/ana/camp/data.".to_owned();
            all.push((message.clone(), Fault::warning(kind, &message)));
        }
        all
    }

    #[test]
    fn every_error_is_said_in_the_users_language_and_for_the_app() {
        let (english, french) = (Words::new(Language::English), Words::new(Language::French));
        for (own, fault) in all() {
            let (here, there) = (fault.say(&english, false), fault.say(&french, false));
            assert_ne!(here, there, "{fault:?}");
            assert!(!there.contains(own.trim_end_matches('.')), "{there}");
            for said in [&here, &there] {
                assert!(said.len() > 15 && !said.contains(fault.key) && !said.contains("{ $"), "{said}");
                assert!(!said.contains(" --") && !said.contains("os error"), "{said}");
            }
            for english in [" the ", " is ", " can't ", "stayed locked"] {
                assert!(!there.contains(english), "{there}");
            }
        }
    }

    #[test]
    fn nothing_is_said_of_where_anything_is_while_others_see_the_screen() {
        for language in Language::ALL {
            for (_, fault) in all() {
                let said = fault.say(&Words::new(language), true);
                assert!(!said.contains("/home/") && !said.contains("10.0.0.7"), "{said}");
            }
        }
        let fault = Fault::from(FolderError::InUse("/home/ana/camp/data".into()));
        assert!(fault.say(&Words::default(), true).contains("The folder data is in use"));
    }

    #[test]
    fn what_there_is_to_say_of_a_failure_is_said_in_every_language() {
        let (english, french) = (Words::new(Language::English), Words::new(Language::French));
        let said = |reason: Reason, w: &Words| Fault::from(CallError::Command(reason.into())).say(w, false);
        assert_eq!(said(Reason::Slow(7), &english), "This channel is slow: you can post again in 7 seconds.");
        assert_eq!(said(Reason::Slow(7), &french), "Ce salon est ralenti : tu pourras y écrire dans 7 secondes.");
        assert!(said(Reason::Silenced(7_500), &french).contains("2 heures 5 minutes"));
        let two = Reason::Lacks(Permissions::KICK | Permissions::BAN);
        assert!(said(two, &french).contains("Expulser des membres, Bannir des membres"), "{}", said(two, &french));
        assert!(said(Reason::PinsMost(250), &french).contains("250"));
        assert!(said(Reason::Law(Void::Banned), &french).contains("l’invité est banni"));
    }
}
