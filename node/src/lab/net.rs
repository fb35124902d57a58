//! Hosts and switches, made of network namespaces, veth pairs and bridges.
//!
//! Everything is done with `unshare`, `nsenter` and `ip`, by name, so that it works alike as root and, where the
//! system lets a user have a user namespace, without.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::Ipv4Addr,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::LabError;

/// As many hosts as the /24 of a lab has addresses for.
const MAX_HOSTS: usize = 200;

/// The flag that `nsenter` and `unshare` have for a network.
const NET: &str = "-n";

/// A network of switches and hosts, gone when dropped.
#[derive(Debug)]
pub struct Lab {
    /// How a namespace is entered: as root, or through the user namespace that owns the lab.
    entry: Entry,
    core: Space,
    switches: usize,
    hosts: Vec<Machine>,
}

/// A host of a [`Lab`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(usize);

/// A switch of a [`Lab`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Switch(usize);

/// What went over a cable, both ways together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes, Ethernet's headers included.
    pub bytes: u64,
    /// Packets.
    pub packets: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Root,
    User,
}

#[derive(Debug)]
struct Machine {
    space: Space,
    switch: Switch,
}

/// A namespace, held open by a child that reads a pipe of ours: it ends when we drop it, or when we end.
#[derive(Debug)]
pub(super) struct Space(Child);

impl Lab {
    /// A lab with one switch and no hosts.
    ///
    /// # Errors
    /// [`LabError::Unavailable`] with the reason where the machine gives no namespaces.
    pub fn new() -> Result<Self, LabError> {
        let (entry, core) = match Space::new(&[], &["unshare", "-n"]) {
            Ok(core) => (Entry::Root, core),
            Err(as_root) => match Space::new(&[], &["unshare", "-Urn"]) {
                Ok(core) => (Entry::User, core),
                Err(as_user) => return Err(LabError::Unavailable(format!("{as_root}; {as_user}"))),
            },
        };
        let mut lab = Self { entry, core, switches: 0, hosts: Vec::new() };
        lab.switch().map_err(|e| LabError::Unavailable(e.to_string()))?;
        Ok(lab)
    }

    /// The switch every host is plugged into at first.
    pub const fn lan(&self) -> Switch {
        Switch(0)
    }

    /// Add a switch that is joined to no other.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn switch(&mut self) -> Result<Switch, LabError> {
        let switch = Switch(self.switches);
        let name = switch.name();
        self.ip(&self.core, &[format!("link add {name} type bridge mcast_snooping 0"), format!("link set {name} up")])?;
        self.switches += 1;
        Ok(switch)
    }

    /// Add a host with an address and a cable to the first switch.
    ///
    /// # Errors
    /// When a namespace can't be made or `ip` fails.
    pub fn host(&mut self) -> Result<Host, LabError> {
        let host = Host(self.hosts.len());
        if host.0 >= MAX_HOSTS {
            return Err(LabError::Unavailable(format!("a lab has room for {MAX_HOSTS} hosts")));
        }
        let space = Space::new(&self.entry.argv(&self.core, NET), &["unshare", "-n"]).map_err(LabError::Unavailable)?;
        let (cable, switch, pid) = (host.cable(), self.lan(), space.id());
        self.ip(
            &self.core,
            &[
                format!("link add {cable} type veth peer name eth0 netns {pid}"),
                format!("link set {cable} master {}", switch.name()),
                format!("link set {cable} up"),
            ],
        )?;
        self.ip(&space, &["link set lo up".to_owned(), assign(host.address()), "link set eth0 up".to_owned()])?;
        self.hosts.push(Machine { space, switch });
        Ok(host)
    }

    /// Pull a host's cable.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn cut(&self, host: Host) -> Result<(), LabError> {
        self.ip(&self.core, &[format!("link set {} down", host.cable())])
    }

    /// Put a host's cable back.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn restore(&self, host: Host) -> Result<(), LabError> {
        self.ip(&self.core, &[format!("link set {} up", host.cable())])
    }

    /// Give a host another address of the same /24 instead of the one it has, as a router does whose lease has ended.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn readdress(&self, host: Host, address: Ipv4Addr) -> Result<(), LabError> {
        let Some(machine) = self.hosts.get(host.0) else { return Ok(()) };
        self.ip(&machine.space, &["addr flush dev eth0 scope global".to_owned(), assign(address)])
    }

    /// What has gone over a host's cable so far, seen from the host.
    ///
    /// # Errors
    /// When the kernel's counters can't be read.
    pub fn traffic(&self, host: Host) -> Result<Traffic, LabError> {
        let pid = self.hosts.get(host.0).map_or(0, |machine| machine.space.id());
        let path = PathBuf::from(format!("/proc/{pid}/net/dev"));
        let devices = fs::read_to_string(&path).map_err(|source| LabError::File { path, source })?;
        let line = devices.lines().find_map(|line| line.trim_start().strip_prefix("eth0:"));
        let counts: Vec<u64> = line.unwrap_or_default().split_whitespace().filter_map(|n| n.parse().ok()).collect();
        // Eight counters of what came in, eight of what went out, each beginning with bytes and packets.
        match counts.as_slice() {
            [bytes_in, packets_in, _, _, _, _, _, _, bytes_out, packets_out, ..] => {
                Ok(Traffic { bytes: bytes_in + bytes_out, packets: packets_in + packets_out })
            }
            _ => Err(LabError::Contract(format!("/proc/{pid}/net/dev counts nothing for eth0"))),
        }
    }

    /// Move a host's cable to another switch. Its interface stays up and notices nothing but silence.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn plug(&mut self, host: Host, switch: Switch) -> Result<(), LabError> {
        self.ip(&self.core, &[format!("link set {} master {}", host.cable(), switch.name())])?;
        if let Some(machine) = self.hosts.get_mut(host.0) {
            machine.switch = switch;
        }
        Ok(())
    }

    /// Give each group a switch of its own: groups no longer hear each other.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn split(&mut self, groups: &[&[Host]]) -> Result<(), LabError> {
        for (nth, group) in groups.iter().enumerate() {
            while self.switches <= nth {
                self.switch()?;
            }
            for host in *group {
                self.plug(*host, Switch(nth))?;
            }
        }
        Ok(())
    }

    /// Plug every host into the first switch again.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn heal(&mut self) -> Result<(), LabError> {
        for nth in 0..self.hosts.len() {
            self.plug(Host(nth), self.lan())?;
        }
        Ok(())
    }

    /// What goes in front of a command to run it where the switches are: each is an interface there, that a capture
    /// hears all of its cables on.
    pub fn on_switches(&self) -> Vec<OsString> {
        self.entry.argv(&self.core, NET)
    }

    /// What goes in front of a command to run it on a host. The process keeps its id: killing it kills the command.
    pub fn on(&self, host: Host) -> Vec<OsString> {
        self.hosts.get(host.0).map(|m| self.entry.argv(&m.space, NET)).unwrap_or_default()
    }

    /// Run a shell script on a host and give what it printed.
    ///
    /// # Errors
    /// When it can't be started or ends with a status other than 0.
    pub fn shell(&self, host: Host, script: &str) -> Result<String, LabError> {
        let mut argv = self.on(host);
        argv.extend(["sh", "-c", script].map(OsString::from));
        run(&argv, "")
    }

    fn ip(&self, space: &Space, lines: &[String]) -> Result<(), LabError> {
        let mut argv = self.entry.argv(space, NET);
        argv.extend(["ip", "-batch", "-"].map(OsString::from));
        run(&argv, &lines.join("\n")).map(drop)
    }
}

/// Gives a host's interface an address.
fn assign(address: Ipv4Addr) -> String {
    format!("addr add {address}/24 dev eth0")
}

impl Host {
    /// Its address on the lab's network, until it is given another.
    pub const fn address(self) -> Ipv4Addr {
        // Below MAX_HOSTS, so it fits.
        Ipv4Addr::new(10, 77, 0, self.0 as u8 + 1)
    }

    fn cable(self) -> String {
        format!("v{}", self.0)
    }
}

impl Switch {
    /// What its interface is called.
    pub fn name(self) -> String {
        format!("lan{}", self.0)
    }
}

impl Entry {
    /// What goes in front of a command to run it in a namespace of the kind that this flag names.
    pub(super) fn argv(self, space: &Space, kind: &str) -> Vec<OsString> {
        let pid = space.id().to_string();
        let user: &[&str] = match self {
            Self::Root => &[],
            Self::User => &["-U", "--preserve-credentials"],
        };
        ["nsenter", "-t", &pid].iter().chain(user).chain(&[kind, "--"]).map(OsString::from).collect()
    }
}

impl Space {
    /// `inside`: how to enter the namespace that shall own the new one.
    pub(super) fn new(inside: &[OsString], unshare: &[&str]) -> Result<Self, String> {
        let hold = ["sh", "-c", "echo up; exec cat"];
        let argv: Vec<OsString> =
            inside.iter().cloned().chain(unshare.iter().chain(&hold).map(OsString::from)).collect();
        let mut child = command(&argv)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", unshare.join(" ")))?;
        let mut first = String::new();
        if let Some(out) = child.stdout.as_mut() {
            // A failed read leaves `first` empty, which is the failure below.
            let _ = BufReader::new(out).read_line(&mut first);
        }
        if first == "up\n" {
            return Ok(Self(child));
        }
        let mut why = String::new();
        if let Some(err) = child.stderr.as_mut() {
            let _ = err.take(4096).read_to_string(&mut why);
        }
        drop(Self(child));
        Err(format!("{}: {}", unshare.join(" "), why.trim().trim_start_matches("unshare: ")))
    }

    /// The process that holds it.
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command in a process group of its own, so that Ctrl-C reaches us first and we end it in order.
pub(super) fn command(argv: &[OsString]) -> Command {
    let mut words = argv.iter();
    let mut command = Command::new(words.next().cloned().unwrap_or_default());
    command.args(words).process_group(0);
    // Where administrators' programs are, which a user's PATH may leave out.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin:/usr/bin:/bin"));
    command
}

pub(super) fn shown(argv: &[OsString]) -> String {
    argv.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn run(argv: &[OsString], input: &str) -> Result<String, LabError> {
    let io = |source: io::Error| LabError::Io { what: shown(argv), source };
    let mut child =
        command(argv).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(io)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input says why by its status.
        let _ = stdin.write_all(input.as_bytes());
    }
    let out = child.wait_with_output().map_err(io)?;
    if !out.status.success() {
        let stderr = String::from_utf8_lossy(&out.stderr).trim().to_owned();
        let command = if input.is_empty() { shown(argv) } else { format!("{} <<< {input}", shown(argv)) };
        return Err(LabError::Command { command, stderr });
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}
