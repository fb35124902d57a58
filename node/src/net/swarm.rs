//! The swarm: which protocols are spoken, over what, and how much of it anybody may use.

use std::{error::Error, io, time::Duration};

use bivouac_core::wire::MAX_ENVELOPE;
use libp2p::{
    PeerId, Swarm, SwarmBuilder,
    allow_block_list::{self, BlockedPeers},
    connection_limits::{self, ConnectionLimits},
    gossipsub::{self, MaxCountSubscriptionFilter, MessageAuthenticity, MessageId, ValidationMode},
    identify,
    identity::Keypair,
    mdns, memory_connection_limits,
    request_response::{self, ProtocolSupport},
    swarm::{NetworkBehaviour, behaviour::toggle::Toggle},
};

use super::{
    NetError,
    codec::{Codec, PROTOCOL},
    door::Door,
    listened::{Listened, Named},
    pulse::Pulse,
    tcp,
};

/// What we call ourselves to peers, with a random number of this session: nothing about the program's version or the
/// system.
const AGENT: &str = "bivouac";
/// Identify's own version: whoever says another is no peer of ours.
pub(super) const ID_PROTOCOL: &str = "/bivouac/id/1";

/// Connections that we set up ourselves, at once; for those that others do there is a [`Door`].
const DIALS_MAX: u32 = 32;
/// Connections to one peer: two, while both sides dialled, and as many that it makes anew before we know that those are
/// dead.
const PER_PEER_MAX: u32 = 4;
/// Connections in all; a guild has up to 500 members, of which the smaller part is online.
const CONNECTIONS_MAX: u32 = 512;
/// Of them, those that others opened.
const INBOUND_MAX: u32 = 384;
/// Memory of the process, in bytes, above which no connection is taken.
const MEMORY_MAX: usize = 1024 * 1024 * 1024;
/// How long a connection may take until both sides know who the other is.
const HANDSHAKE: Duration = Duration::from_secs(6);
/// Requests and responses under way on one connection. Each may take the memory of a whole one and the patience of
/// [`REQUEST_TIMEOUT`] to be sent or taken, and nobody has more than a handful to ask at once.
const REQUESTS_MAX: usize = 12;
/// Streams of one connection, and those still negotiating: as many, so that none is left unread with a full window.
pub(super) const STREAMS_MAX: usize = 64;
/// What may be under way and unread on a QUIC connection, and on one of its streams, in bytes.
const QUIC_WINDOW: u32 = 2 * 1024 * 1024;
const QUIC_STREAM_WINDOW: u32 = 512 * 1024;
/// Topics a peer may subscribe to: a few for each guild.
pub(super) const TOPICS_MAX: usize = 1_024;
/// Messages that wait for a neighbour to take them; what does not fit reaches it by sync. One that takes none costs us so
/// many times [`MAX_ENVELOPE`] at the worst.
const UNSENT_MAX: usize = 512;
/// How long a request may take, both ways.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 20 });
/// Largest frame of gossip, in bytes. Gossipsub measures what it has read, which is a frame in part and up to 8 KiB of the
/// next, so that two envelopes on each other's heels must fit.
const FRAME_MAX: usize = 2 * MAX_ENVELOPE;
/// Of it, what may be about topics and neighbours: all topics go into one frame, with 70 bytes or so each.
const CONTROL_MAX: usize = TOPICS_MAX * 80;
const _: () = assert!(CONTROL_MAX <= FRAME_MAX);
/// Messages named to a neighbour at once, with 34 bytes each.
const NAMED_MAX: usize = 1_024;
const _: () = assert!(NAMED_MAX * 40 <= CONTROL_MAX);
/// How long a QUIC handshake may take before TCP is tried: where UDP is blocked, every first connection waits for this.
const QUIC_HANDSHAKE: Duration = Duration::from_secs(3);
/// How long a QUIC connection may be silent, and after how long a sign of life is sent, by whichever side is first.
const QUIC_IDLE: Duration = Duration::from_secs(20);
const QUIC_ALIVE: Duration = Duration::from_secs(14);
/// How often the local network is asked who is there. Peers that were merged by a switch find each other by this. Everybody
/// hears the answers, and begins to wait anew: were all to wait equally long, several would ask at once, each time.
const MDNS_INTERVAL: Duration = Duration::from_secs(15);
/// By how much the waits of devices differ.
const MDNS_SPREAD: Duration = Duration::from_secs(5);
/// For how long an answer to that holds.
const MDNS_TTL: Duration = Duration::from_secs(90);
/// Connections are closed by us, not for want of traffic.
const IDLE_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// Gossip as we use it.
pub(super) type Gossip = gossipsub::Behaviour<Listened, MaxCountSubscriptionFilter<Named>>;

/// Everything the swarm does. Those that may refuse a connection stand first: a behaviour that has seen a connection
/// which a later one refuses is never told that it is gone.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    limits: connection_limits::Behaviour,
    pub(super) door: Door,
    memory: memory_connection_limits::Behaviour,
    pub(super) blocked: allow_block_list::Behaviour<BlockedPeers>,
    ping: Pulse,
    identify: identify::Behaviour,
    pub(super) mdns: Toggle<mdns::tokio::Behaviour>,
    pub(super) gossip: Gossip,
    pub(super) sync: request_response::Behaviour<Codec>,
    pub(super) streams: libp2p_stream::Behaviour,
}

/// Builds the swarm of a device.
pub(super) fn build(
    key: Keypair,
    with_mdns: bool,
    session: u64,
    listened: Listened,
) -> Result<Swarm<Behaviour>, NetError> {
    let setup = |error: &dyn Error| NetError::Setup(error.to_string());
    let swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_quic_config(|mut config| {
            config.handshake_timeout = QUIC_HANDSHAKE;
            config.keep_alive_interval = QUIC_ALIVE;
            config.max_idle_timeout = u32::try_from(QUIC_IDLE.as_millis()).unwrap_or(u32::MAX);
            config.max_concurrent_stream_limit = STREAMS_MAX as u32;
            config.max_connection_data = QUIC_WINDOW;
            config.max_stream_data = QUIC_STREAM_WINDOW;
            config
        })
        .with_other_transport(tcp::transport)
        .map_err(|e| setup(&e))?
        .with_behaviour(|key| behaviour(key, with_mdns, session, listened))
        .map_err(|e| setup(&e))?
        .with_swarm_config(|config| {
            config
                .with_idle_connection_timeout(IDLE_TIMEOUT)
                .with_max_negotiating_inbound_streams(STREAMS_MAX)
                .with_smart_dial()
        })
        .with_connection_timeout(HANDSHAKE)
        .build();
    Ok(swarm)
}

fn behaviour(
    key: &Keypair,
    with_mdns: bool,
    session: u64,
    listened: Listened,
) -> Result<Behaviour, Box<dyn Error + Send + Sync>> {
    let limits = ConnectionLimits::default()
        .with_max_pending_outgoing(Some(DIALS_MAX))
        .with_max_established_per_peer(Some(PER_PEER_MAX))
        .with_max_established_incoming(Some(INBOUND_MAX))
        .with_max_established(Some(CONNECTIONS_MAX));
    let identify = identify::Config::new(ID_PROTOCOL.to_owned(), key.public())
        .with_agent_version(format!("{AGENT}/{session:016x}"))
        .with_push_listen_addr_updates(true)
        .with_cache_size(0);
    let sync = request_response::Config::default()
        .with_request_timeout(REQUEST_TIMEOUT)
        .with_max_concurrent_streams(REQUESTS_MAX);
    let mdns = with_mdns.then(|| nearby(key.public().to_peer_id())).transpose()?;
    Ok(Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        door: Door::default(),
        memory: memory_connection_limits::Behaviour::with_max_bytes(MEMORY_MAX),
        blocked: allow_block_list::Behaviour::default(),
        ping: Pulse::default(),
        identify: identify::Behaviour::new(identify),
        mdns: Toggle::from(mdns),
        gossip: gossip(listened)?,
        sync: request_response::Behaviour::with_codec(Codec, [(PROTOCOL, ProtocolSupport::Full)], sync),
        streams: libp2p_stream::Behaviour::new(),
    })
}

/// Finds others on the local network.
pub(super) fn nearby(me: PeerId) -> io::Result<mdns::tokio::Behaviour> {
    let place = me.to_bytes().iter().fold(0u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(u16::from(*byte)));
    let query_interval = MDNS_INTERVAL + MDNS_SPREAD * u32::from(place) / u32::from(u16::MAX);
    let config = mdns::Config { query_interval, ttl: MDNS_TTL, ..mdns::Config::default() };
    mdns::tokio::Behaviour::new(config, me)
}

/// Envelopes carry signatures of their own, so gossip's messages are anonymous, and one message is one set of bytes.
fn gossip(listened: Listened) -> Result<Gossip, Box<dyn Error + Send + Sync>> {
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message| MessageId::from(blake3::hash(&message.data).as_bytes().as_slice()))
        .max_transmit_size(FRAME_MAX)
        .max_control_message_size(CONTROL_MAX)
        .max_control_messages_sent(NAMED_MAX)
        .flood_publish(true)
        .mesh_outbound_min(2)
        // Five neighbours hand on each message: it comes four times on average. The simulator's crowd shows that it
        // comes, and soon.
        .mesh_n_low(4)
        .mesh_n(5)
        .mesh_n_high(10)
        .heartbeat_initial_delay(Duration::from_millis(500))
        .heartbeat_interval(Duration::from_secs(1))
        .prune_backoff(Duration::from_secs(10))
        .unsubscribe_backoff(Duration::from_secs(2))
        .duplicate_cache_time(Duration::from_secs(30))
        // What a neighbour missed in these few seconds it may ask for; until then every message is kept in memory.
        .history_length(5)
        .history_gossip(3)
        .connection_handler_queue_len(UNSENT_MAX)
        .build()?;
    let filter = MaxCountSubscriptionFilter {
        filter: Named,
        max_subscribed_topics: TOPICS_MAX,
        max_subscriptions_per_request: TOPICS_MAX,
    };
    let anonymous = MessageAuthenticity::Anonymous;
    // Without scores: those are kept with a record of every message for two minutes, which a member who floods can make as
    // large as it likes. What counts against a neighbour is kept in its link.
    Ok(Gossip::new_with_subscription_filter_and_transform(anonymous, config, filter, listened)?)
}
