//! What a member may do in a channel, case by case, as on Discord: of what the guild allows (`@everyone` and the member's
//! roles together) the channel takes and gives for `@everyone`, then for the roles, then for the member; of each first what it
//! denies. Administrators and the owner are held by nothing. Who cannot see a channel can do nothing there.

use bivouac_core::model::{
    Channel, ChannelKind, Hlc, Law, Member, Nature, Overwrite, Permissions, Role, RoleId, Target,
};
use bivouac_core::sim::person;

const EVERYONE: RoleId = RoleId([1; 32]);
const ROLES: [RoleId; 2] = [RoleId([2; 32]), RoleId([3; 32])];

/// One row: what `@everyone` and two roles allow in the guild, what the channel says of `@everyone`, of the two roles and of the
/// member (`+` allows, `-` denies), and what comes of it.
struct Case(&'static str, [&'static str; 3], [&'static str; 4], &'static str);

const CASES: &[Case] = &[
    // The guild alone.
    Case("nothing allowed", ["", "", ""], ["", "", "", ""], ""),
    Case("seeing alone", ["view", "", ""], ["", "", "", ""], "view"),
    Case("@everyone's bits", ["view send react", "", ""], ["", "", "", ""], "view send react"),
    Case("a role adds", ["view", "send", ""], ["", "", "", ""], "view send"),
    Case("two roles add", ["view", "send", "react"], ["", "", "", ""], "view send react"),
    Case("roles overlap", ["view send", "send", "send"], ["", "", "", ""], "view send"),
    Case("a role alone lets see", ["", "view", ""], ["", "", "", ""], "view"),
    Case("what @everyone lacks a role has", ["view", "kick ban", ""], ["", "", "", ""], "view kick ban"),
    // @everyone's overwrite.
    Case("@everyone denied", ["view send", "", ""], ["-send", "", "", ""], "view"),
    Case("@everyone allowed", ["view", "", ""], ["+send", "", "", ""], "view send"),
    Case("denied what was not there", ["view", "", ""], ["-send", "", "", ""], "view"),
    Case("allowed what was there", ["view send", "", ""], ["+send", "", "", ""], "view send"),
    Case("denied and allowed different bits", ["view send", "", ""], ["-send +react", "", "", ""], "view react"),
    Case("@everyone's overwrite takes what a role gave", ["view", "send", ""], ["-send", "", "", ""], "view"),
    Case("a channel closed to all", ["view send react", "", ""], ["-view", "", "", ""], ""),
    Case("a channel opened to all", ["send", "", ""], ["+view", "", "", ""], "view send"),
    // Overwrites of roles.
    Case("a role denied", ["view send", "", ""], ["", "-send", "", ""], "view"),
    Case("a role allowed", ["view", "", ""], ["", "+send", "", ""], "view send"),
    Case("a role beats @everyone's denial", ["view send", "", ""], ["-send", "+send", "", ""], "view send"),
    Case("a role beats @everyone's leave", ["view", "", ""], ["+send", "-send", "", ""], "view"),
    Case("one role denies, the other allows: allowed", ["view send", "", ""], ["", "-send", "+send", ""], "view send"),
    Case("the order of roles does not matter", ["view send", "", ""], ["", "+send", "-send", ""], "view send"),
    Case("both roles deny", ["view send", "", ""], ["", "-send", "-send", ""], "view"),
    Case("one denies, the other says nothing", ["view send", "", ""], ["", "-send", "", ""], "view"),
    Case("roles speak of different bits", ["view send react", "", ""], ["", "-send", "-react", ""], "view"),
    Case("a role lets into a closed channel", ["view send", "", ""], ["-view", "+view", "", ""], "view send"),
    Case("the other role lets in too", ["view send", "", ""], ["-view", "", "+view", ""], "view send"),
    Case("one role lets in, one shuts out: in", ["view send", "", ""], ["-view", "+view", "-view", ""], "view send"),
    Case("a role shut out", ["view send", "", ""], ["", "-view", "", ""], ""),
    Case("shut out, and what the role allows is moot", ["view", "send", ""], ["", "-view +react", "", ""], ""),
    Case("a role's guild bits and its overwrite", ["view", "send", ""], ["", "-send", "", ""], "view"),
    Case("a role's guild bits, the other's overwrite", ["view", "send", ""], ["", "", "-send", ""], "view"),
    // The member's own.
    Case("a member denied", ["view send", "", ""], ["", "", "", "-send"], "view"),
    Case("a member allowed", ["view", "", ""], ["", "", "", "+send"], "view send"),
    Case("a member beats @everyone's denial", ["view send", "", ""], ["-send", "", "", "+send"], "view send"),
    Case("a member beats @everyone's leave", ["view", "", ""], ["+send", "", "", "-send"], "view"),
    Case("a member beats a role's denial", ["view send", "", ""], ["", "-send", "", "+send"], "view send"),
    Case("a member beats a role's leave", ["view", "", ""], ["", "+send", "", "-send"], "view"),
    Case("a member beats both roles", ["view", "", ""], ["", "+send", "+send", "-send"], "view"),
    Case("a member let into a closed channel", ["view send", "", ""], ["-view", "", "", "+view"], "view send"),
    Case("a member shut out though a role lets in", ["view", "", ""], ["-view", "+view", "", "-view"], ""),
    Case("a member shut out", ["view send", "", ""], ["", "", "", "-view"], ""),
    Case("a member let in where a role is shut out", ["view send", "", ""], ["", "-view", "", "+view"], "view send"),
    Case("all four levels, the last word is the member's", ["view", "", ""], ["-send", "+send", "", "-send"], "view"),
    // What goes with what.
    Case("nothing unseen: send", ["send", "", ""], ["", "", "", ""], ""),
    Case("nothing unseen: manage", ["", "manage_channels manage_roles", ""], ["", "", "", ""], ""),
    Case("who cannot post attaches nothing", ["view attach", "", ""], ["", "", "", ""], "view"),
    Case("who may not post any more attaches nothing", ["view send attach", "", ""], ["-send", "", "", ""], "view"),
    Case("nor calls everyone", ["view send mention_everyone", "", ""], ["", "-send", "", ""], "view"),
    Case("but reacts", ["view send react", "", ""], ["-send", "", "", ""], "view react"),
    Case(
        "and removes what others said",
        ["view send", "manage_messages", ""],
        ["-send", "", "", ""],
        "view manage_messages",
    ),
    Case(
        "threads have a bit of their own",
        ["view send send_in_threads", "", ""],
        ["-send", "", "", ""],
        "view send_in_threads",
    ),
    Case("who cannot connect cannot speak", ["view speak video stream", "", ""], ["", "", "", ""], "view"),
    Case("nor mute", ["view", "mute_members move_members", ""], ["", "", "", ""], "view"),
    Case("who connects speaks", ["view connect speak", "", ""], ["", "", "", ""], "view connect speak"),
    Case("no more connecting", ["view connect speak soundboard", "", ""], ["-connect", "", "", ""], "view"),
    Case(
        "connecting for one role",
        ["view connect speak", "", ""],
        ["-connect", "+connect", "", ""],
        "view connect speak",
    ),
    // Bits that manage.
    Case("a channel's manager", ["view", "", ""], ["", "+manage_channels", "", ""], "view manage_channels"),
    Case("who manages elsewhere", ["view", "manage_channels", ""], ["", "-manage_channels", "", ""], "view"),
    Case("who gives roles in one channel", ["view", "", ""], ["", "", "", "+manage_roles"], "view manage_roles"),
    // Administrators.
    Case("an administrator", ["", "administrator", ""], ["", "", "", ""], "ALL"),
    Case(
        "an administrator denied everything",
        ["view", "administrator", ""],
        ["-view -send", "-view", "", "-view"],
        "ALL",
    ),
    Case("everyone an administrator", ["administrator", "", ""], ["-view", "", "", "-send"], "ALL"),
    Case("no overwrite makes an administrator", ["view", "", ""], ["+administrator", "", "", "+administrator"], "view"),
    Case("nor by a role's overwrite", ["view", "", ""], ["", "+administrator", "", ""], "view"),
];

fn bits(names: &str) -> Permissions {
    if names == "ALL" {
        return Permissions::ALL;
    }
    let bit = |name: &str| Permissions::NAMES.iter().find(|(known, _)| *known == name).unwrap().1;
    names.split_whitespace().map(bit).fold(Permissions::default(), |sum, bit| sum | bit)
}

fn overwrite(says: &str) -> Overwrite {
    let of = |sign| says.split_whitespace().filter_map(|word| word.strip_prefix(sign)).collect::<Vec<_>>().join(" ");
    Overwrite { allow: bits(&of('+')), deny: bits(&of('-')) }
}

/// A guild with one channel and one member beside the owner, who holds both roles.
fn guild(allowed: [&str; 3], says: [&str; 4]) -> (Law, Channel) {
    let user = person(1).user;
    let mut law = Law { owner: Some(person(0).user), ..Law::default() };
    for (role, allows) in [EVERYONE].into_iter().chain(ROLES).zip(allowed) {
        law.roles.insert(role, Role { permissions: bits(allows), ..Role::default() });
    }
    for person in [person(0), person(1)] {
        let member = Member {
            name: String::new(),
            roles: if person.user == user { ROLES.into() } else { [].into() },
            devices: [].into(),
            kem_generation: 0,
            kem: person.chain.verify().unwrap().kem().clone(),
            nick: None,
            avatar: None,
            timeout_ms: None,
        };
        law.members.insert(person.user, member);
    }
    let mut channel = Channel::new(Nature::public(ChannelKind::Text), person(0).user, Hlc(0));
    let targets = [EVERYONE].into_iter().chain(ROLES).map(Target::Role).chain([Target::User(user)]);
    channel.overwrites = targets.zip(says.map(overwrite)).collect();
    (law, channel)
}

#[test]
fn a_channel_is_judged_as_on_discord() {
    assert!(CASES.len() >= 60);
    for Case(what, allowed, says, expected) in CASES {
        let (law, channel) = guild(*allowed, *says);
        let found = law.permissions_in(&person(1).user, &channel, EVERYONE);
        assert_eq!(found, bits(expected), "{what}");
        // The owner is held by nothing, and who is no member is allowed nothing.
        assert_eq!(law.permissions_in(&person(0).user, &channel, EVERYONE), Permissions::ALL, "{what}");
        assert_eq!(law.permissions_in(&person(2).user, &channel, EVERYONE), Permissions::default(), "{what}");
    }
}

#[test]
fn overwrites_of_roles_that_are_not_held_do_not_count() {
    let (mut law, channel) = guild(["view send", "", ""], ["", "-send", "+react", "-view"]);
    let user = person(1).user;
    law.members.get_mut(&user).unwrap().roles.clear();
    assert_eq!(law.permissions_in(&user, &channel, EVERYONE), Permissions::default());
    let others = guild(["view send", "", ""], ["", "-send", "+react", ""]).1;
    assert_eq!(law.permissions_in(&user, &others, EVERYONE), bits("view send"));
}
