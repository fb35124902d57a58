//! Commands, which begin a message with a slash: what there is, and what a message with one asks for.

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// What it is typed as, after the slash.
    pub name: &'static str,
    /// The key of the sentence that says what it does.
    pub hint: &'static str,
    make: Make,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    Act,
    Hide,
    End(&'static str),
    Nick,
    Topic,
}

/// What a message asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To send a text.
    Say(String),
    /// To be called otherwise in this guild; nothing: as everywhere.
    Nick(String),
    /// To give the channel another topic; nothing: none.
    Topic(String),
}

/// All commands, by name.
pub const COMMANDS: [Command; 7] = [
    Command { name: "me", hint: "command-me", make: Make::Act },
    Command { name: "nick", hint: "command-nick", make: Make::Nick },
    // The strokes are escaped, for they would slant what is between.
    Command { name: "shrug", hint: "command-shrug", make: Make::End("¯\\\\\\_(ツ)\\_/¯") },
    Command { name: "spoiler", hint: "command-spoiler", make: Make::Hide },
    Command { name: "tableflip", hint: "command-tableflip", make: Make::End("(╯°□°)╯︵ ┻━┻") },
    Command { name: "topic", hint: "command-topic", make: Make::Topic },
    Command { name: "unflip", hint: "command-unflip", make: Make::End("┬─┬ ノ( ゜-゜ノ)") },
];

/// What a message asks for. What is no command is said as it stands; so is one that lacks what it needs.
#[must_use]
pub fn read(text: &str) -> Asked {
    let (name, rest) =
        text.strip_prefix('/').map(|line| line.split_once(char::is_whitespace).unwrap_or((line, ""))).unzip();
    let command = name.and_then(|name| COMMANDS.iter().find(|command| command.name == name));
    let rest = rest.unwrap_or_default().trim();
    match command.map(|command| command.make) {
        Some(Make::Act) if !rest.is_empty() => Asked::Say(format!("*{rest}*")),
        Some(Make::Hide) if !rest.is_empty() => Asked::Say(format!("||{rest}||")),
        Some(Make::End(end)) => Asked::Say(format!("{rest} {end}").trim().to_owned()),
        Some(Make::Nick) => Asked::Nick(rest.to_owned()),
        Some(Make::Topic) => Asked::Topic(rest.to_owned()),
        Some(Make::Act | Make::Hide) | None => Asked::Say(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Names, plain};

    #[test]
    fn commands_are_read() {
        let say = |text: &str| Asked::Say(text.to_owned());
        for (text, asked) in [
            ("hello", say("hello")),
            ("/me waves", say("*waves*")),
            ("/me", say("/me")),
            ("/mean", say("/mean")),
            ("/spoiler it ends", say("||it ends||")),
            ("/tableflip", say("(╯°□°)╯︵ ┻━┻")),
            ("/nick  Ana ", Asked::Nick("Ana".to_owned())),
            ("/nick", Asked::Nick(String::new())),
            ("/topic a b", Asked::Topic("a b".to_owned())),
            ("/ me", say("/ me")),
            ("say /me", say("say /me")),
        ] {
            assert_eq!(read(text), asked, "{text}");
        }
    }

    #[test]
    fn a_shrug_keeps_its_arms() {
        let Asked::Say(text) = read("/shrug so what") else { panic!() };
        assert_eq!(plain(&text, &Names::default()), "so what ¯\\_(ツ)_/¯");
    }
}
