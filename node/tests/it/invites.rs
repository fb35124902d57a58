//! The limits of invites, as a guest meets them.

use serde_json::json;

use crate::cast::{Node, folder, loopback};

#[test]
fn used_up_expired_and_revoked_invites_admit_nobody() {
    let stores = folder();
    let start = |name: &'static str| Node::start(name, loopback(&stores.path().join(name)));
    let (mut ada, mut bo, mut cy) = (start("Ada"), start("Bo"), start("Cy"));
    let (guild, _) = ada.guild("Camp");

    let once = ada.call("invite.create", json!({"guild": guild, "max_uses": 1}));
    bo.join(once["link"].as_str().unwrap());
    // A member who follows the link again is in, and uses nothing up.
    bo.join(once["link"].as_str().unwrap());
    let refusal = cy.refused("invite.join", json!({"link": once["link"]}));
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32008, "invite_used"));

    let short = ada.call("invite.create", json!({"guild": guild, "expires_s": 1}));
    // Time itself is what is waited for.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let refusal = cy.refused("invite.join", json!({"link": short["link"]}));
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32007, "invite_expired"));

    let gone = ada.call("invite.create", json!({"guild": guild}));
    ada.call("invite.revoke", json!({"guild": guild, "invite": gone["invite"]}));
    let refusal = cy.refused("invite.join", json!({"link": gone["link"]}));
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32007, "invite_expired"));

    // Nobody there to ask.
    let link = bo.invite(&guild);
    ada.rpc.kill();
    bo.rpc.kill();
    let refusal = cy.refused("invite.join", json!({"link": link, "timeout_s": 2}));
    assert_eq!((refusal.code, refusal.kind.as_str()), (-32009, "unreachable"));
}
