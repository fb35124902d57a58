//! The passwords of a channel: who set which. No log holds one: what is derived from it is in the channel's own, for its
//! readers.

use bivouac_crypto::{PasswordKey, UserId, canonical};
use minicbor::{Decode, Encode};

use super::Guild;
use crate::{
    command::damaged,
    io::{CommandError, Reason},
    log::read,
    me::Cx,
    model::{ChannelId, GuildId, MessageId, OpId, Permissions},
    op::{Audience, Header, Op},
    table::{Damaged, Read, Table},
    tx::Tx,
};

/// Longest password, in characters.
const MAX_PASSWORD: usize = 128;

/// A password that somebody set, or would have.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
struct Set {
    /// By which op.
    #[n(0)]
    id: MessageId,
    /// Whose.
    #[n(1)]
    user: UserId,
    /// Where it is.
    #[n(2)]
    store: u32,
    #[n(3)]
    seq: u64,
}

impl Guild {
    /// Sets a channel's password, which I read.
    pub(crate) fn set_password(
        &mut self,
        cx: &mut Cx<'_>,
        channel: ChannelId,
        password: &str,
    ) -> Result<(), CommandError> {
        let of = Audience::Channel(channel);
        self.ready_to_send(cx, of).map_err(damaged)?;
        let says = Op::Password(password_key(self.id, channel, password));
        match self.post(cx, of, &says).map_err(damaged)? {
            Some(_) => Ok(()),
            None => Err(Reason::KeysComing.into()),
        }
    }

    /// The key of a channel's password: the newest whose author might set it by all they knew, and still manages the channel.
    pub(crate) fn password(&self, db: &dyn Read, channel: ChannelId) -> Result<Option<PasswordKey>, Damaged> {
        for set in passwords(db, self.id, channel)?.into_iter().rev() {
            let log = self.stores.get(&set.store).and_then(|line| self.content.get(line));
            let Some(entry) = log.map(|log| log.get(db, set.seq)).transpose()?.flatten() else { continue };
            if let Some(Op::Password(key)) = self.says(&entry)
                && entry.header.id() == set.id.op
                && self.may_set(&set.user, &channel, &entry.header)
            {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    fn may_set(&self, user: &UserId, channel: &ChannelId, h: &Header) -> bool {
        let manages = |may: Permissions| may.allows(Permissions::MANAGE_CHANNELS);
        manages(self.permissions_in(user, channel))
            && self.content_stands(user, h)
            && (self.dag.clock_of(&h.auth))
                .is_ok_and(|auth| manages(self.settled.knew(&self.dag, user, channel, &auth)))
    }

    /// Notes a password op: the newest of each user. Whether it counts is asked when it is needed, by the law of then.
    pub(super) fn note_password(&self, tx: &mut Tx<'_>, store: u32, h: &Header, id: OpId) -> Result<(), Damaged> {
        let (Audience::Channel(channel), Some(user)) = (h.audience, self.dag.user_of(&h.log.device)) else {
            return Ok(());
        };
        let id = MessageId { hlc: h.hlc, op: id };
        let mut known = passwords(tx, self.id, channel)?;
        if known.iter().any(|other| other.user == user && other.id > id) {
            return Ok(());
        }
        known.retain(|other| other.user != user);
        known.push(Set { id, user, store, seq: h.seq });
        known.sort_by_key(|set| set.id);
        tx.put(Table::Checkpoint, row(self.id, channel), canonical::encode(&known));
        Ok(())
    }
}

/// The key of a password, as it is derived for one channel.
pub(crate) fn password_key(guild: GuildId, channel: ChannelId, password: &str) -> PasswordKey {
    PasswordKey::new(&canonical::encode(&(guild, channel)), password)
}

/// Whether a text can be a password.
pub(crate) fn is_password(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_PASSWORD
}

/// What each user set last, the oldest first.
fn passwords(db: &dyn Read, guild: GuildId, channel: ChannelId) -> Result<Vec<Set>, Damaged> {
    Ok(db.get(Table::Checkpoint, &row(guild, channel))?.map(|row| read(&row)).transpose()?.unwrap_or_default())
}

fn row(guild: GuildId, channel: ChannelId) -> Vec<u8> {
    [&b"p"[..], &guild.0, &channel.0].concat()
}
