//! The conversation itself: who says what, who is away, and what everyone has in the end.

use std::{
    collections::BTreeSet,
    io::Write,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    DemoError, PATIENCE,
    stage::{Player, Stage},
    table::{self, Table},
};
use crate::lab::Rpc;

/// How long it is watched that a removed member hears nothing.
const WATCH: Duration = Duration::from_secs(2);
/// Between two looks at something that gives no event.
const LOOK: Duration = Duration::from_millis(20);

const ADA: usize = 0;
const BO: usize = 1;
const CY: usize = 2;

/// A line that was acknowledged.
struct Said {
    line: usize,
    message: String,
}

/// How one line reached one peer.
#[derive(Clone, Copy)]
struct Heard {
    /// From handing it to the speaker's node to the peer's node telling its user.
    since_sent: Duration,
    /// From the speaker's node saying that it is stored.
    since_stored: Duration,
}

pub(super) struct Talk<'a, W> {
    // Before the stage: nodes end before the ground they stand on.
    players: Vec<Player>,
    stage: Stage,
    lines: Vec<String>,
    pause: Duration,
    guild: Value,
    channel: Value,
    said: Vec<Said>,
    heard: Vec<Heard>,
    /// How many of Ada's events have been printed.
    shown: usize,
    printed: usize,
    crash: Option<Crash>,
    /// How many lines had been said when Cy was removed.
    removed: Option<usize>,
    out: &'a mut W,
}

struct Crash {
    line: usize,
    missed: usize,
    away: Duration,
    lost: usize,
}

/// What happens before which line.
#[derive(Debug)]
struct Plan {
    /// Bo says this one, and is killed.
    crash: usize,
    back: usize,
    removal: usize,
}

/// Bo's turn nearest to the middle; out for a sixth; the last tenth is not for Cy.
fn plan(total: usize) -> Plan {
    let removal = total - (total / 10).max(3);
    let crash = (total / 2).min(removal - 4) / 3 * 3 + BO;
    Plan { crash, back: crash + 1 + (total / 6).max(2), removal }
}

impl<'a, W: Write> Talk<'a, W> {
    /// Ada makes the guild, the others join.
    pub(super) fn open(
        stage: Stage,
        mut players: Vec<Player>,
        lines: Vec<String>,
        pause: Duration,
        out: &'a mut W,
    ) -> Result<Self, DemoError> {
        for player in &mut players {
            let made = player.rpc.call("identity.create", json!({"name": player.name}), PATIENCE)?;
            player.user = field(&made, "user")?;
            player.device = field(&made, "device")?;
        }
        let [ada, bo, cy] = players.as_mut_slice() else {
            return Err(DemoError::Answer("player"));
        };
        let made = ada.rpc.call("guild.create", json!({"name": "The Beach"}), PATIENCE)?;
        let (guild, channel) = (field(&made, "guild")?, field(&made, "channel")?);
        let invite = ada.rpc.call("invite.create", json!({"guild": guild, "max_uses": 2}), PATIENCE)?;
        let link = field(&invite, "link")?;
        writeln!(out, "Ada makes the guild “The Beach” and hands out a link; Bo and Cy join by it.")?;
        let began = Instant::now();
        let joins =
            [bo.rpc.send("invite.join", json!({"link": link}))?, cy.rpc.send("invite.join", json!({"link": link}))?];
        bo.rpc.answer(&joins[0], PATIENCE)?;
        cy.rpc.answer(&joins[1], PATIENCE)?;
        writeln!(out, "  joined after {:.1} s", began.elapsed().as_secs_f64())?;
        let (ada, bo, cy) = (&*ada, &*bo, &*cy);
        let pairs = [(bo, ada), (cy, ada), (ada, bo), (ada, cy), (bo, cy), (cy, bo)];
        let met = if stage.has_multicast() { pairs.len() } else { pairs.len() - 2 };
        for (one, two) in &pairs[..met] {
            connected(one, two)?;
        }
        if stage.has_multicast() {
            writeln!(out, "  all three connected to each other; only Ada’s whereabouts were in the link")?;
        }
        writeln!(out)?;
        Ok(Self {
            stage,
            players,
            lines,
            pause,
            guild,
            channel,
            said: Vec::new(),
            heard: Vec::new(),
            shown: 0,
            printed: 0,
            crash: None,
            removed: None,
            out,
        })
    }

    pub(super) fn converse(&mut self) -> Result<(), DemoError> {
        let total = self.lines.len();
        let Plan { crash, back, removal } = plan(total);
        for line in 0..total {
            if line == back {
                self.revive()?;
            }
            if line == removal {
                self.remove()?;
            }
            let away = |who| (who == BO && line > crash && line < back) || (who == CY && line >= removal);
            let speaker = (0..3).map(|step| (line + step) % 3).find(|who| !away(*who)).unwrap_or(ADA);
            let began = Instant::now();
            if line == crash {
                self.kill(line)?;
            } else {
                self.say(line, speaker, away)?;
            }
            self.show()?;
            thread::sleep(self.pause.saturating_sub(began.elapsed()));
        }
        Ok(())
    }

    /// One line: said, stored, and heard by everyone there.
    fn say(&mut self, line: usize, speaker: usize, away: impl Fn(usize) -> bool) -> Result<(), DemoError> {
        self.stage.check()?;
        let marks: Vec<usize> = self.players.iter().map(|player| player.rpc.mark()).collect();
        let (message, sent, stored) = self.send(line, speaker)?;
        for (who, mark) in marks.into_iter().enumerate().filter(|(who, _)| !away(*who)) {
            let Some(player) = self.players.get(who) else { continue };
            let what = format!("line {} at {}", line + 1, player.name);
            let seen = player.rpc.wait_since(mark, &what, PATIENCE, |event| is_message(event, &message))?;
            if who != speaker {
                self.heard.push(Heard {
                    since_sent: seen.at.saturating_duration_since(sent),
                    since_stored: seen.at.saturating_duration_since(stored),
                });
            }
        }
        self.said.push(Said { line, message });
        Ok(())
    }

    fn send(&mut self, line: usize, speaker: usize) -> Result<(String, Instant, Instant), DemoError> {
        let text = self.lines.get(line).cloned().unwrap_or_default();
        let channel = self.channel.clone();
        let rpc = self.rpc(speaker)?;
        let ticket = rpc.send("message.send", json!({"channel": channel, "text": text}))?;
        let answer = rpc.answer(&ticket, PATIENCE)?;
        let message = answer.value["message"].as_str().ok_or(DemoError::Answer("message"))?.to_owned();
        Ok((message, ticket.sent, answer.at))
    }

    /// Bo says a line and is killed the moment it is acknowledged: perhaps before anyone heard it.
    fn kill(&mut self, line: usize) -> Result<(), DemoError> {
        self.stage.check()?;
        let (message, ..) = self.send(line, BO)?;
        self.rpc(BO)?.kill();
        self.said.push(Said { line, message });
        self.crash = Some(Crash { line, missed: 0, away: Duration::ZERO, lost: 0 });
        self.note("Bo’s node is killed (SIGKILL) as his line is acknowledged; the others talk on")
    }

    /// Bo comes back on the same store and is told what he missed.
    fn revive(&mut self) -> Result<(), DemoError> {
        let began = Instant::now();
        self.rpc(BO)?.restart(PATIENCE)?;
        let all: BTreeSet<String> = self.said.iter().map(|said| said.message.clone()).collect();
        for who in [BO, ADA, CY] {
            self.until(&format!("the missed lines at player {who}"), |talk| {
                let listed: BTreeSet<String> = talk.list(who)?.into_iter().map(|(message, _)| message).collect();
                Ok(all.is_subset(&listed))
            })?;
        }
        let peers: &[usize] = if self.stage.has_multicast() { &[ADA, CY] } else { &[ADA] };
        for peer in peers {
            connected(self.player(BO)?, self.player(*peer)?)?;
        }
        let took = began.elapsed();
        let said = self.said.len();
        if let Some(crash) = &mut self.crash {
            crash.missed = said.saturating_sub(crash.line + 1);
            crash.away = took;
        }
        self.show()?;
        self.note(&format!("Bo is back on the same store, and has all {said} lines after {:.1} s", took.as_secs_f64()))
    }

    /// Ada removes Cy.
    fn remove(&mut self) -> Result<(), DemoError> {
        let (guild, user) = (self.guild.clone(), self.player(CY)?.user.clone());
        let bo = self.rpc(BO)?.mark();
        self.rpc(ADA)?.call("member.kick", json!({"guild": guild, "user": user}), PATIENCE)?;
        self.rpc(BO)?.wait_since(bo, "Cy’s removal at Bo", PATIENCE, |event| {
            event["type"] == "member" && event["user"] == user
        })?;
        self.removed = Some(self.said.len());
        self.show()?;
        self.note("Ada removes Cy from the guild; Ada and Bo talk on")
    }

    /// Compare what everyone has with what was acknowledged.
    pub(super) fn reckon(&mut self) -> Result<Table, DemoError> {
        let removed = self.removed.unwrap_or(self.said.len());
        let wanted: Vec<(String, String)> = self
            .said
            .iter()
            .map(|said| (said.message.clone(), self.lines.get(said.line).cloned().unwrap_or_default()))
            .collect();
        for who in [ADA, BO] {
            self.until(&format!("every line at player {who}"), |talk| Ok(talk.list(who)?.len() >= wanted.len()))?;
        }
        // Nothing announces that nothing comes: watch for a while.
        let end = Instant::now() + WATCH;
        while Instant::now() < end {
            self.stage.check()?;
            thread::sleep(LOOK);
        }
        let lists = [self.list(ADA)?, self.list(BO)?, self.list(CY)?];
        let later: BTreeSet<&String> = wanted.iter().skip(removed).map(|(message, _)| message).collect();
        let told = self
            .player(CY)?
            .rpc
            .events(0)
            .iter()
            .filter(|seen| later.iter().any(|id| is_message(&seen.event, id)))
            .count();
        let status = [self.status(ADA)?, self.status(BO)?];
        let mut table = Table::new();

        // A node that knows itself removed may hide the text of a last line that nobody answered: Cy's rows are told by
        // their ids.
        let ids: Vec<&String> = wanted.iter().take(removed).map(|(message, _)| message).collect();
        let before = lists[CY].iter().filter(|(message, _)| ids.contains(&message)).count();
        let counts = [ADA, BO].map(|who| lists[who].iter().filter(|row| wanted.contains(row)).count());
        let doubled = lists.iter().any(|list| list.len() != list.iter().collect::<BTreeSet<_>>().len());
        table.row(
            "delivered",
            !doubled && counts == [wanted.len(); 2] && before == removed,
            format!(
                "{} of {n} lines at Ada, {} of {n} at Bo, {} of {removed} at Cy until removed",
                counts[0],
                counts[1],
                before,
                n = wanted.len()
            ),
        );
        let same = lists[ADA] == wanted && lists[BO] == wanted && lists[CY].iter().map(|(message, _)| message).eq(ids);
        let agreed = status[0] == status[1];
        table.row(
            "same order",
            same && agreed,
            match &status[0] {
                (digest, state) if agreed => format!("as spoken, on all three; log {digest:.12}…, law {state:.12}…"),
                _ => "logs or laws differ between Ada and Bo".to_owned(),
            },
        );
        let spans = |of: fn(&Heard) -> Duration| self.heard.iter().map(of).collect::<Vec<_>>();
        table.row("sent → heard", !self.heard.is_empty(), table::quantiles(spans(|heard| heard.since_sent)));
        table.row("stored → heard", !self.heard.is_empty(), table::quantiles(spans(|heard| heard.since_stored)));
        if let Some(crash) = &mut self.crash {
            crash.lost = wanted.iter().take(crash.line + 1).filter(|row| !lists[BO].contains(row)).count();
            let text = format!(
                "Bo killed at line {}, back with {} missed lines after {:.1} s; acknowledged lines lost: {}",
                crash.line + 1,
                crash.missed,
                crash.away.as_secs_f64(),
                crash.lost
            );
            table.row("crash survived", crash.lost == 0, text);
        }
        let kept = lists[CY].iter().filter(|(message, _)| later.contains(message)).count();
        table.row(
            "removed",
            kept == 0 && told == 0 && !later.is_empty(),
            format!("of {} lines after the removal, Cy was told {told} and has {kept}", later.len()),
        );
        Ok(table)
    }

    pub(super) fn close(&mut self) -> Result<(), DemoError> {
        for player in &mut self.players {
            player.rpc.stop(PATIENCE)?;
        }
        Ok(())
    }

    /// A player's whole channel: ids and texts, oldest first.
    fn list(&mut self, who: usize) -> Result<Vec<(String, String)>, DemoError> {
        let channel = self.channel.clone();
        let mut rows: Vec<(String, String)> = Vec::new();
        loop {
            self.stage.check()?;
            let mut params = json!({"channel": channel, "limit": 200});
            if let Some((first, _)) = rows.first() {
                params["before"] = json!(first);
            }
            let page = self.rpc(who)?.call("message.list", params, PATIENCE)?;
            let older = page["messages"].as_array().ok_or(DemoError::Answer("messages"))?;
            let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
            rows.splice(0..0, older.iter().map(|row| (text(row, "message"), text(row, "text"))));
            if page["more"] != true || older.is_empty() {
                return Ok(rows);
            }
        }
    }

    fn status(&mut self, who: usize) -> Result<(String, String), DemoError> {
        let guild = self.guild.clone();
        let status = self.rpc(who)?.call("log.status", json!({"guild": guild}), PATIENCE)?;
        let text = |key| status[key].as_str().map(str::to_owned);
        Ok((
            text("digest").ok_or(DemoError::Answer("digest"))?,
            text("state_hash").ok_or(DemoError::Answer("state_hash"))?,
        ))
    }

    fn until(
        &mut self,
        what: &str,
        mut holds: impl FnMut(&mut Self) -> Result<bool, DemoError>,
    ) -> Result<(), DemoError> {
        let end = Instant::now() + PATIENCE;
        while !holds(self)? {
            self.stage.check()?;
            if Instant::now() > end {
                return Err(DemoError::Late(what.to_owned()));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Print what Ada's node has told since the last look.
    fn show(&mut self) -> Result<(), DemoError> {
        let (shown, total) = (self.shown, self.lines.len());
        let seen = self.player(ADA)?.rpc.events(shown);
        self.shown += seen.len();
        for event in seen.iter().map(|seen| &seen.event).filter(|event| event["type"] == "message") {
            self.printed += 1;
            let author =
                self.players.iter().find(|player| player.user == event["author"]).map_or("?", |player| player.name);
            let text = event["text"].as_str().unwrap_or("(not readable)");
            let width = total.to_string().len();
            writeln!(self.out, "  {:>width$}/{total}  {author:<3}  {text}", self.printed)?;
        }
        self.out.flush()?;
        Ok(())
    }

    fn note(&mut self, text: &str) -> Result<(), DemoError> {
        writeln!(self.out, "  — {text} —")?;
        Ok(())
    }

    fn player(&self, who: usize) -> Result<&Player, DemoError> {
        self.players.get(who).ok_or(DemoError::Answer("player"))
    }

    fn rpc(&mut self, who: usize) -> Result<&mut Rpc, DemoError> {
        self.players.get_mut(who).map(|player| &mut player.rpc).ok_or(DemoError::Answer("player"))
    }
}

fn connected(one: &Player, two: &Player) -> Result<(), DemoError> {
    let what = format!("a connection of {} to {}", one.name, two.name);
    one.rpc.wait(&what, PATIENCE, |event| event["type"] == "peer.connected" && event["device"] == two.device)?;
    Ok(())
}

fn is_message(event: &Value, message: &str) -> bool {
    event["type"] == "message" && event["message"] == message
}

fn field(value: &Value, key: &'static str) -> Result<Value, DemoError> {
    value.get(key).cloned().ok_or(DemoError::Answer(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::LINES_MIN;

    #[test]
    fn bo_is_back_before_cy_is_removed_however_short_the_text() {
        for total in LINES_MIN..500 {
            let Plan { crash, back, removal } = plan(total);
            assert!(crash % 3 == BO && crash + 2 < back && back <= removal && removal < total, "{total}");
        }
    }
}
