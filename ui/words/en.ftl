# What Bivouac says in English. Each key stands in fr.ftl too, with the same places; tests hold it.

## Time

today-at = Today at { $time }
yesterday-at = Yesterday at { $time }
tomorrow-at = Tomorrow at { $time }
date-at = { $date } { $time }
date-short = { $day }/{ $month }/{ $year }
date-long = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
just-now = just now
seconds-ahead = { $count ->
    [one] in { $count } second
   *[other] in { $count } seconds
}
seconds-ago = { $count ->
    [one] { $count } second ago
   *[other] { $count } seconds ago
}
minutes-ahead = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
hours-ahead = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
days-ahead = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
months-ahead = { $count ->
    [one] in { $count } month
   *[other] in { $count } months
}
months-ago = { $count ->
    [one] { $count } month ago
   *[other] { $count } months ago
}
years-ahead = { $count ->
    [one] in { $count } year
   *[other] in { $count } years
}
years-ago = { $count ->
    [one] { $count } year ago
   *[other] { $count } years ago
}
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
duration-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
duration-two = { $larger } { $smaller }

## Sizes

size-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
size-kilobytes = { $count } KB
size-megabytes = { $count } MB
size-gigabytes = { $count } GB
size-terabytes = { $count } TB
decimal-mark = .

## First run

welcome = Welcome to Bivouac
welcome-hint = Pick the name your friends will see. No account, no e-mail: everything stays on this device and your friends' devices.
name = Your name
name-example = Ana
name-long = A name has 64 characters at most.
next = Next
back = Back
words-head = Your recovery words
words-hint = These 24 words are the only way back if you lose this device. Write them on paper: they are shown only this once.
words-written = I have written them down
words-copied = Copied. The clipboard is emptied in a minute.
copy = Copy
words-check = Two words, to be sure
words-check-hint = Type the words with these numbers from your paper.
word-number = Word { $number }
words-wrong = That does not match the words shown. Check your paper, or go back and look again.
begin = How do you want to begin?
later = Look around first
create-guild = Create a guild
create-guild-hint = A place for you and your friends. You can invite them next.
have-invite = I have an invite
have-invite-hint = Paste the link a friend sent you.
add-guild = Add a guild
guild-name = Name of the guild
guild-name-example = Friday Night Games
invite-link = Invite link
invite-link-example = bivouac://join/…
create = Create
join = Join
join-hint = Paste the invite here. Somebody of the guild has to be online, here on the network or on the internet, to let you in.
joining = Looking for somebody of the guild to let you in: this takes up to a minute…
lock-head = Who can open this folder?
lock-hint = What you read and write is kept encrypted on this computer. Choose what opens it; you can change that later in the settings.
lock-keyring = This computer’s keyring
lock-keyring-hint = It opens when you log in: nothing to type. If the keyring is lost, so is this folder.
lock-no-keyring = No keyring can be used here: { $why }.
lock-looking = Looking for a keyring…
lock-typed = A passphrase
lock-typed-hint = Bivouac asks for it at every start. Nobody can recover it for you.
lock-open = Nothing
lock-open-hint = Anyone who can read your files on this computer can read your messages.
words-leave = Your recovery words are shown only this once. Write them down first; close again to leave without them.

## Opening

opening = Opening your messages…
unlock-head = Locked
unlock-hint = This folder is protected by a passphrase.
unlocking = Unlocking: this takes a second on purpose.
unlock = Unlock
passphrase = Passphrase
broken-head = Bivouac can't start
retry = Try again
quit = Quit
settings-aside = Some settings could not be read and are as they were at first. All of them were put aside as { $path }.
broken-usual = Start with the usual addresses
quit-head = Not everything is sent
quit-sending = { $count ->
    [one] One message is still being sent.
   *[other] { $count } messages are still being sent.
}
quit-waits = Bivouac closes by itself once that is done.
quit-unsent = { $count ->
    [one] One thing that you wrote is not sent. It is lost when Bivouac closes.
   *[other] { $count } things that you wrote are not sent. They are lost when Bivouac closes.
}
quit-stay = Stay
quit-now = Quit anyway

## Everywhere

close = Close
cancel = Cancel
copied = Copied
copy-id = Copy ID
copy-link = Copy link
copy-text = Copy text
copy-message-link = Copy message link
delete = Delete
edit = Edit
more = More
settings = Settings
network = Network
hidden-streaming = Hidden while streamer mode is on.

## Rail and channels

switch = Find a place
switch-example = Where would you like to go?
switch-hint = ↑ ↓ to choose, Enter to go
switch-none = No channel is called so.
folder = Folder
folder-in = Put into the folder above
folder-out = Take out of the folder
no-guild = No guild yet
no-guild-hint = Create one or join one with the + on the left.
channel-not-here = That is no text channel, or none that you may read.
no-channel = No channel here
no-channel-hint = There is no channel in this guild that you may read.
channel-create = Create channel
channel-name = Name of the channel
channel-name-example = plans
channel-in = It is listed under { $category }.
channel-private = Private channel
channel-private-hint = Only those you let in read it, and it has keys of its own.
channel-history = What newcomers read
channel-password = Password to come in (optional)
channel-password-example = Whoever knows it may come in
channel-forgets = This channel forgets
channel-delete = Delete channel
channel-delete-head = Delete #{ $channel }?
channel-delete-words = Everything said in it goes for everybody. This cannot be undone.
kind-text = Text
kind-voice = Voice
kind-category = Category
history-whole = Everything from the beginning
history-since-join = Only what is said after they come
history-ephemeral = Nothing, and all forget after a day
voice-not-yet = Voice is not built yet: this channel waits for it.
mark-read = Mark as read
quiet-begin = Do not disturb
quiet-end = End do not disturb
alone = Nobody here
peers = { $count ->
    [one] { $count } connected
   *[other] { $count } connected
}
leave = Leave guild
leave-head = Leave { $guild }?
leave-words = What you have read stays on this device. You need an invite to come back.
rule-all = every message
rule-mentions = only mentions
rule-nothing = nothing
rule-now = Notifications: { $rule }
rule-set-all = Notify me of everything
rule-set-mentions = Notify me of mentions
rule-set-nothing = Never notify me

## Banners

banner-left = You are no longer a member of this guild. What you had read stays here.
banner-sync-law = Catching up with roles and channels: { $have } of { $want }
banner-sync-recent = Fetching the newest messages: { $have } of { $want }
banner-sync-history = Fetching older messages: { $have } of { $want }
banner-island = { $count ->
    [one] You are on an island: the other member can't be reached now. Write on: everything merges when you meet again.
   *[other] You are on an island: none of the { $count } others can be reached now. Write on: everything merges when you meet again.
}
banner-why = Why?

## Timeline

channel-start = This is the beginning of #{ $channel }
channel-start-hint = Say the first word.
thread-start = A thread begins here
thread-start-hint = What is said here stays beside the channel.
messages-fault = The messages can't be shown
unread-line = New
jump-present = Jump to present
jump-present-older = You are looking at older messages
message-no-key = This message can't be read yet: its key has not arrived from another member.
edited = (edited)
pinned = Pinned
quote-gone = The message was deleted or can't be found.
quote-files = A file
names-and-more = { $names } and { $count ->
    [one] { $count } other
   *[other] { $count } others
}
notice-joined = { $who } joined. Say hello!
notice-guild-renamed = { $who } renamed the guild to { $name }
notice-renamed = { $who } renamed the channel to { $name }
notice-topic = { $who } changed the topic: { $topic }
notice-pinned = { $who } pinned a message
notice-thread = { $who } began a thread: { $name }
react = Add reaction
reply = Reply
pin = Pin
unpin = Unpin
thread = Thread
thread-open = Open thread
message-delete-head = Delete this message?
message-delete-words = It goes for everybody, for good.
link-open = Open { $host }
link-copy = Copy address
file-save = Save
file-saved = Saved as { $path }
file-stop = Stop
file-progress = { $have } of { $size }
picture-before = Picture before
picture-after = Picture after
file-part = { $have } of { $size } are here
file-resume = Go on
picture-coming = Fetching the picture…
picture-missing = The picture is not here
picture-broken = This picture can't be shown
picture-broken-hint = Its bytes are no picture that Bivouac can draw. It can still be saved.
picture-copy = Copy picture

## Composer

write-channel = Message #{ $channel }
write-thread = Message this thread
attach = Send files
emoji = Emoji
emoji-search = Find an emoji
emoji-none = No emoji is called so.
editing = Editing your message
replying = Replying to { $who }
characters-left = Characters left
message-too-long = { $count ->
    [one] One character too many: a message has 4,000 at most.
   *[other] { $count } characters too many: a message has 4,000 at most.
}
may-not-attach = You may not send files here.
edit-no-files = A message that is edited takes no new files. Send or cancel the edit first.
may-not-send = You may read here, not write.
not-a-member = You are not a member any more.
file-unreadable = { $path } can't be read, or is a folder.
file-leave-out = Leave out
letter-sending = Being sent: { $progress }
letter-stop = Do not send
letter-stopped = It was stopped and not sent.
letter-again = Send again
letter-change = Change
letter-discard = Throw away
files-too-many = A message carries ten files at most.
writing-one = { $who } is writing…
writing-two = { $who } and { $other } are writing…
writing-many = Several people are writing…

## Beside the page

members = Members
members-online = Online
members-offline = Offline
members-more = { $count } more
owner = Owner
search = Search
search-example = Words, or parts of them
search-here = This channel only
search-files = With files
search-begin = Search this guild
search-begin-hint = Everything is searched on this device; nobody learns what you look for.
search-none = Nothing found
search-none-hint = Try fewer words, or part of one.
search-further = Look further back
pins = Pinned messages
pins-none = Nothing pinned
pins-none-hint = Pin what should be found again from a message's menu.
threads = Threads
threads-none = No threads
threads-none-hint = Begin one on any message, for what would drown the channel.
thread-by = { $who } · { $when }
thread-archived = Archived

## People

mention = Mention
roles = Roles
member-online = Online
member-offline = Offline
member-gone = Not a member any more
devices = { $count ->
    [one] { $count } device
   *[other] { $count } devices
}
timed-out = Silenced until { $until }
timeout = Silence for an hour
timeout-end = Let speak again
timeout-head = Silence { $who }?
timeout-words = They can read and not write for an hour.
kick = Kick
kick-head = Kick { $who }?
kick-words = They are removed, and can come back with a new invite.
ban = Ban
ban-head = Ban { $who }?
ban-words = They are removed for good; no invite lets them back until the ban is lifted.
invite-people = Invite people
invite-to = Invite to { $guild }
invite-hint = Send a friend a link. It works as long as somebody of the guild is online.
invite-making = Making a link…
invite-qr = Or let them point a camera at this.
invite-expiry = Works for
invite-uses = For how many
invite-role = Gives the role
invite-no-role = None
invite-make = Make a link
invite-another = New link
uses = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
uses-any = Any number
expires-30m = 30 minutes
expires-6h = 6 hours
expires-1d = 1 day
expires-7d = 7 days
expires-30d = 30 days
expires-never = Ever
## Commands

command-me = Say what you do, in italics
command-nick = Change what you are called in this guild
command-shrug = Add ¯\_(ツ)_/¯
command-spoiler = Hide the message until it is clicked
command-tableflip = Add (╯°□°)╯︵ ┻━┻
command-topic = Change the topic of this channel
command-unflip = Add ┬─┬ ノ( ゜-゜ノ)

## Desktop
notice-open = Open
notice-hidden = New message
tray-open = Open Bivouac
choose-files = Send files
choose-picture = Choose a picture
pictures = Pictures
choose-none = There is no file chooser on this desktop. Drop the file on this window instead.
kept-all = On every device of those who read here
kept-some = On { $count } of { $of } devices so far. It travels on when the others are met.

## Nearby
people-nearby = People on this network
people-nearby-hint = { $count ->
    [one] { $count } person is here
   *[other] { $count } people are here
}
people-nearby-words = They see your name. Knock, and they can let you into one of their guilds.
people-nearby-none = Nobody found yet
people-nearby-none-hint = Others with Bivouac on the same Wi-Fi or cable appear here by themselves.
knock = Knock
knocking = Waiting for an answer…
joining-nearby = Coming in…
not-knockable = Does not take knocks
banner-knock-elsewhere = { $who }, on this network, knocks. Open a guild into which you may invite, to let them in.
banner-knock = { $who }, on this network, knocks. Let them into { $guild }?
turn-away = No
let-in = Let in
let-in-late = You were let in after you had left the dialogue. Knock again to join.
## Guild settings

guild-settings = Guild settings
settings-esc = Esc
unsaved = You have unsaved changes.
unsaved-alarm = Careful: save or reset your changes first.
unsaved-reset = Reset
unsaved-save = Save changes
reason = Reason (optional)
reason-example = Everybody in the guild can read it in the audit log
nobody-found = Nobody is called so.
nobody-found-hint = Try part of the name, or another role.
member-filter = Find a member by name
any-role = Any role
roles-more = { $count ->
    [one] { $count } more role
   *[other] { $count } more roles
}
guild-overview = Overview
guild-overview-hint = What the guild is called, what it is about, and whose it is.
guild-icon = Icon
guild-description = Description
guild-description-example = What is this guild about?
guild-undescribed = No description yet.
picture-path-example = Path of a picture, like /home/ana/camp.png
picture-choose = Choose a file…
picture-take = Use this picture
picture-remove = Remove
picture-rule = PNG, JPEG, GIF or WebP, at most 512 KiB and 4,096 pixels a side.
hand-over = Hand over the guild
hand-over-hint = The owner stands above every role. Somebody else can be that instead of you; only they can give it back.
hand-over-filter = To whom? Type a name
hand-over-alone = The guild is yours. Once others have joined you can hand it over; then you can leave it.
hand-over-head = Hand the guild over to { $who }?
hand-over-words = They own it from then on, and stand above everybody, you too. Only they can give it back.
locked-guild = You may look. Changing this needs the permission “Manage guild”.
locked-roles = You may look. Changing this needs the permission “Manage roles”.
guild-roles = Roles
guild-roles-hint = Those listed higher stand above those below. Nobody changes a role that stands as high as their own, or gives what they lack.
role-create = Create role
role-new = New role
role-looks = Display
role-permissions = Permissions
role-holders = Members
role-higher = This role stands as high as you, or higher: you may look.
role-name = Name of the role
role-color = Colour
role-colorless = No colour
role-color-wrong = Six digits, like #ff9a5c
role-hoist = List its members apart
role-hoist-hint = Members online are shown under this role's name.
role-rank = Rank { $rank }
role-rank-hint = A rank is only ever lowered, so that what was decided under it keeps its weight. A role goes up when the one above it is put below.
role-up = Move up
role-down = Move down
role-delete = Delete role
role-delete-head = Delete the role { $role }?
role-delete-words = Everybody who holds it loses it, and what only it let them do. This cannot be undone.
role-give = Give this role to
role-give-hint = Type a name to give this role to somebody.
role-unheld = Nobody holds this role yet.
role-take = Take this role away
guild-members = Members
guild-members-hint = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
nick = Nickname in this guild
nick-set = Save
nick-drop = Remove
member-higher = They stand as high as you, or higher: there is nothing you can do about them.
silence = Silence
silence-for = Silence for
silence-head = Silence { $who } for { $time }?
silence-words = They can read and not write or speak for that long.
guild-invites = Invites
guild-invites-hint = Links that let people in. A link itself is shown once, to who made it.
invites-none = No invites
invites-none-hint = Make one to let friends in. It works as long as somebody of the guild is online.
invite-used-of = used { $uses } of { $most }
invite-used = { $count ->
    [one] used once
   *[other] used { $count } times
}
invite-used-up = used up
invite-over = expired
invite-ends = expires { $when }
invite-forever = never expires
invite-revoke = Revoke: the link stops working
guild-bans = Bans
guild-bans-hint = No invite lets these people back until the ban is lifted.
bans-none = Nobody is banned
bans-none-hint = Ban somebody from their profile, or on the page of members.
banned-by = Banned by { $who } · { $when }
unban = Lift the ban
guild-audit = Audit log
guild-audit-hint = What was done in this guild, the newest first. What had no effect is struck out, with the reason.
audit-replay = Anyone can replay this log: every member's device works it out from signed acts, and all come to the same.
audit-coming = Reading the log…
audit-more = Show more
deed-reason = Reason: { $reason }
deed-void = No effect: { $why }.
deed-gone-channel = a channel that is gone
deed-gone-role = a role that is gone
deed-guild-create = { $who } created the guild
deed-guild-update = { $who } changed the guild's name, description or icon
deed-guild-hand-over = { $who } handed the guild over to { $what }
deed-guild-leave = { $who } left
deed-channel-create = { $who } created the channel { $what }
deed-channel-update = { $who } changed the channel { $what }
deed-channel-delete = { $who } deleted { $what }
deed-channel-overwrite = { $who } changed permissions in { $what }
deed-channel-enter = { $who } let { $what } in by the password of a channel
deed-invite-create = { $who } made the invite { $what }
deed-invite-revoke = { $who } revoked the invite { $what }
deed-invite-join = { $what } joined, let in by { $who }
deed-role-create = { $who } created the role { $what }
deed-role-update = { $who } changed the role { $what }
deed-role-delete = { $who } deleted { $what }
deed-role-assign = { $who } gave a role to { $what }
deed-role-unassign = { $who } took a role from { $what }
deed-member-kick = { $who } kicked { $what }
deed-member-ban = { $who } banned { $what }
deed-member-unban = { $who } lifted the ban of { $what }
deed-member-timeout = { $who } set for how long { $what } is silenced
deed-member-nick = { $who } changed the nickname of { $what }
deed-member-avatar = { $who } changed their picture
deed-emoji-create = { $who } added an emoji
deed-emoji-delete = { $who } deleted an emoji
deed-identity-update = { $who } changed their devices or their name
deed-sealed = Something by { $who } that can't be read yet
void-sealed = its key is missing here
void-unreadable = it can't be read, or is no act of this guild
void-not-held = its author did not hold the role it was done under, or had lost it
void-not-allowed = the role it was done under does not allow it
void-outranked = whom or what it concerns stands as high as its author, or higher
void-invite = the invite was unknown, revoked, used up, or older than the guest's removal
void-banned = the guest is banned
void-forked = its device signed two acts at one place, and nobody had built upon this one
void-revoked = its device was revoked
void-handed-over = its author had given the guild to another
void-unknown = what it is about was not known to its author
guild-emoji = Emoji
guild-emoji-hint = Pictures of the guild's own, by name: { $count } of at most { $most }.
emoji-name = Name
emoji-name-example = campfire
emoji-picture = Picture
emoji-add = Add emoji
emoji-rule = 2 to 32 of A–Z, a–z, 0–9 and _; a PNG, JPEG, GIF or WebP of at most 512 KiB.
emoji-bare = No emoji yet
emoji-bare-hint = Give a picture a name, and everybody here can write :name:.
emoji-delete-head = Delete :{ $name }:?
emoji-delete-words = Where it stands in messages and reactions, its name is shown instead.
guild-history = History policy
guild-history-hint = What newcomers may read, what is forgotten and when. It is fixed when a channel is made, and devices hold to it by keys.
policy-removed = Who leaves or is removed keeps on their device what they had read.
policy-removed-later = What is said after that is sealed with new keys, which they never get.
policy-unsaid = What is deleted or forgotten goes from the devices of members; a device that was changed to keep it can.
policy-channels = Channels
policy-public = Every member reads it.
policy-private = Only those who were let in, the owner and administrators read it. It has keys of its own.
policy-password = Whoever knows its password may come in and read it. It has keys of its own.
policy-whole = Newcomers read everything from the beginning.
policy-since-join = Newcomers read only what is said after they came.
policy-ephemeral = Newcomers read nothing of what was said before.
policy-keeps = Nothing is forgotten, unless somebody deletes it.
policy-forgets = All devices forget messages after { $time }.
policy-forgets-keys = All devices forget messages after { $time }, and their keys after { $twice }.
perm-lacking = You lack it yourself.
perm-group-general = General
perm-group-members = Membership
perm-group-text = Text channels
perm-group-voice = Voice channels
perm-group-all = Everything
perm-view = View channels
perm-view-hint = See channels and read what is said in them.
perm-manage-channels = Manage channels
perm-manage-channels-hint = Create, change and delete channels.
perm-manage-roles = Manage roles
perm-manage-roles-hint = Create, change and give roles below their own; in a channel, change permissions.
perm-manage-guild = Manage guild
perm-manage-guild-hint = Change the guild's name, description, icon and emoji; revoke anybody's invites.
perm-manage-webhooks = Manage webhooks
perm-manage-webhooks-hint = Create and delete webhooks.
perm-create-invite = Invite people
perm-create-invite-hint = Make links that let people in.
perm-kick = Kick members
perm-kick-hint = Remove members below them; a new invite lets those back.
perm-ban = Ban members
perm-ban-hint = Remove members below them for good, and lift bans.
perm-timeout = Silence members
perm-timeout-hint = Keep members below them from writing and speaking for a while.
perm-send = Send messages
perm-send-hint = Write in text channels.
perm-send-in-threads = Send messages in threads
perm-send-in-threads-hint = Write in threads.
perm-react = Add reactions
perm-react-hint = Put emoji on messages.
perm-attach = Attach files
perm-attach-hint = Send files and pictures.
perm-mention-everyone = Mention everyone
perm-mention-everyone-hint = Notify everybody at once with @everyone.
perm-manage-messages = Manage messages
perm-manage-messages-hint = Delete messages of others, and pin any.
perm-connect = Connect
perm-connect-hint = Join voice channels.
perm-speak = Speak
perm-speak-hint = Be heard in voice channels.
perm-video = Video
perm-video-hint = Turn on a camera.
perm-stream = Share the screen
perm-stream-hint = Show a window or the screen.
perm-priority-speaker = Priority speaker
perm-priority-speaker-hint = Everybody else gets quieter while they speak.
perm-mute-members = Mute members
perm-mute-members-hint = Silence others in voice channels.
perm-move-members = Move members
perm-move-members-hint = Take others from one voice channel to another.
perm-soundboard = Soundboard
perm-soundboard-hint = Play sounds in voice channels.
perm-record = Record
perm-record-hint = Record a call; everybody in it is shown that.
perm-administrator = Administrator
perm-administrator-hint = Everything, in every channel, private ones too. Give it to few.

## Channel settings

channel-settings = Edit channel
channel-overview = Overview
channel-overview-hint = What the channel is called, and how it works.
locked-channel = You may look. Changing this needs the permission “Manage channels” here.
channel-gone = This channel is gone
channel-gone-hint = It was deleted. Press Esc to go back.
channel-topic = Topic
channel-topic-example = What is this channel about?
channel-position = Position
channel-position-hint = Where it stands in the list, for everybody.
channel-up = Move up
channel-down = Move down
channel-category = Category
channel-no-category = None
channel-slow = Slow mode
channel-slow-hint = Everybody waits that long between two messages, but for those who manage the channel or its messages.
slow-off = Off
channel-limit = Most members in a call
limit-none = Any number
channel-policy = History
policy-for-good = Who reads it and what newcomers read was fixed when the channel was made, and stays.
channel-kept = Keep messages for
channel-kept-hint = Older ones go from everybody's device; a shorter time takes effect at once.
kept-ever = For good
channel-password-new = New password
channel-permissions = Permissions
channel-permissions-hint = What roles and members may do here, where that differs from elsewhere. What is set for a member counts more than what is set for roles.
over-locked = You may look. Changing this needs the permission “Manage roles” here.
over-private = This channel is private: only those whom “View channels” is allowed to here read it.
over-filter = Add a role or a member
over-clear = Remove
over-lacking = You lack it yourself.
over-closed = A private channel is closed to everyone unless it is allowed.
over-outranked = They stand as high as you: you can't take it from them.
way-deny = Deny here
way-neutral = As elsewhere
way-allow = Allow here
## Settings

settings-profile = My profile
settings-looks = Appearance
settings-keys = Key bindings
settings-notify = Notifications
settings-network = Network
settings-storage = Data
settings-about = About
profile-name-hint = This is the name every guild knows. In a guild you may be called otherwise there.
profile-this-device = This device
first-device = First device
profile-devices = My devices
profile-avatar = Avatar
profile-avatar-hint = One picture, shown in every guild you are in and every one you join. It is made smaller first, and what a camera writes into it, such as the place, is left out.
profile-avatar-example = /home/ana/Pictures/me.png
profile-avatar-choose = Choose a picture…
profile-avatar-use = Use
profile-avatar-remove = Remove avatar
profile-avatar-working = Setting it in every guild…
profile-avatar-set = Your avatar is set in every guild.
profile-avatar-removed = Your avatar is removed.
profile-avatar-unread = This file can't be read. Check the path, and that you may open it.
profile-avatar-unfit = This is not a picture Bivouac can use. Take a PNG, JPEG, GIF or WebP of up to 32 MB.
secret = Passphrase
secret-hint = With a passphrase, whoever has this disk reads nothing without it. Bivouac then asks for it at every start. Nobody can recover it for you: your recovery words do not open this folder.
secret-there = This folder is protected by a passphrase; Bivouac asks for it at every start.
secret-old = Current passphrase
secret-new = New passphrase
secret-again = Once more
secret-begin = Set passphrase
secret-change = Change passphrase
secret-remove = Remove passphrase
secret-working = This takes a second on purpose…
secret-differs = The two are not the same. Type the new one once more.
secret-wrong = The current passphrase is not right.
secret-set = From now on this passphrase opens your folder.
secret-removed = Your folder opens without a passphrase from now on.
looks-theme = Theme
looks-system = As the system
looks-dark = Dark
looks-light = Light
looks-accent = Accent colour
accent-ember = Ember
accent-pine = Pine
accent-sky = Sky
accent-heather = Heather
accent-rose = Rose
looks-density = Messages
looks-cosy = Cosy
looks-compact = Compact
looks-preview-one = Ana
looks-preview-one-says = Who is bringing the marshmallows?
looks-preview-two = Bo
looks-preview-two-says = I have two bags. Light the fire!
looks-scale = Size of everything
looks-percent = { $count } %
looks-scale-usual = Reset
looks-language = Language
looks-language-system = As the system
looks-more = More
looks-animations = Moving pictures
looks-animations-hint = Pictures and emoji that move do so by themselves.
looks-streamer = Streamer mode
looks-streamer-hint = Hides invites, ids, paths and addresses while others see your screen. What you write yourself stays readable.
keys-hint = Press “Change”, then the keys. Esc while it waits changes nothing.
keys-reset-all = Reset all
keys-places = Getting around
keys-messages = Messages
keys-window = Window
keys-voice = Voice
keys-press = Press the new keys…
keys-change = Change
keys-reset = Back to the usual keys
keys-reserved = { $chord } is for writing or moving about. Add Ctrl or Alt, or take another key.
keys-taken = { $chord } already does “{ $act }”.
keys-swap = Swap the two
keys-double = These keys do “{ $act }” instead. Choose others.
key-shift = Shift
key-escape = Esc
key-enter = Enter
key-space = Space
key-page-up = Page ↑
key-page-down = Page ↓
key-home = Home
key-end = End
key-delete = Delete
key-insert = Insert
act-switch = Find a place
act-above = Channel above
act-below = Channel below
act-unread-above = Unread channel above
act-unread-below = Unread channel below
act-guild-above = Guild above
act-guild-below = Guild below
act-read = Mark the channel as read, or leave what is open
act-read-guild = Mark the guild as read
act-search = Search
act-members = Show or hide members
act-pins = Pinned messages
act-settings = Settings
act-emoji = Choose an emoji
act-attach = Send files
act-page-up = A page up
act-page-down = A page down
act-present = Jump to the newest message
act-larger = Larger
act-smaller = Smaller
act-usual = Usual size
act-keys = Key bindings
act-quiet = Do not disturb
act-mute = Mute
act-deafen = Deafen
act-quit = Quit Bivouac
notify-on = Notifications
notify-on-hint = Tell me of messages while I do something else.
notify-preview = Show what was said
notify-preview-hint = Otherwise a notification only says who wrote, and where.
notify-quiet = Do not disturb
notify-quiet-hint = Nothing is told until you end it.
notify-tray = Keep running when the window closes
notify-tray-hint = Bivouac stays in the tray and goes on receiving. Otherwise closing the window quits.
notify-rules = Guilds and channels
notify-rules-hint = You are told of mentions, unless you chose otherwise in the menu of a guild or channel. Removing a line brings that back.
notify-rules-none = No guild or channel differs.
notify-rule-remove = As usual again
notify-guild = Whole guild
notify-unknown = Left or unknown ({ $id })
network-mdns = Find people on this network
network-mdns-hint = Friends on the same network or LAN party connect with no internet at all.
network-visible = Visible to people on this network
network-visible-hint = Strangers here see your name and may ask to join one of your guilds. Hidden, you do not see them either.
network-later = Takes effect when Bivouac starts again.
network-told = This time the command line said otherwise. Settings apply when Bivouac starts without those options.
network-peers = Connected now
network-peers-none = Nobody is connected. As soon as a friend's device is reachable, it appears here.
network-doctor = Network doctor
network-doctor-hint = Somebody can't be reached? The doctor says what is tried, what fails, and what you can do.
network-listen = Listen on
network-listen-hint = Empty, Bivouac takes every network of this device and a free port: right for almost everybody. Fix addresses where a router forwards a port. Changes take effect at the next start.
network-listen-add = Add
network-listen-remove = Remove
network-listen-fault = That is no address to listen on. Write one like /ip4/0.0.0.0/udp/4001/quic-v1 or /ip6/::/tcp/4001; 16 at most.
network-addresses = How others reach this device
network-addresses-hint = Your invites carry these addresses.
network-addresses-none = This device has no address that others could reach. Is it connected to a network?
network-addresses-copy = Copy addresses
storage-folder = Data folder
storage-open = Open folder
storage-copy = Copy path
storage-hint = Your identity, guilds, messages and files. All of it is sealed; copy the whole folder while Bivouac is closed to back it up, and never run one copy beside another.
storage-used = On the disk
storage-looking = Looking…
storage-store = Messages
storage-store-hint = Everything said in your guilds, with the index that makes it searchable.
storage-own = Files you sent
storage-own-hint = Kept as long as their messages are.
storage-fetched = Files from others
storage-fetched-hint = At most { $most }; then the oldest give way, and are fetched again when you want them.
storage-aside = Damaged stores, put aside
storage-aside-hint = Everything was fetched again from other members. Delete them when you no longer need them.
storage-free = { $size } free on this disk
storage-free-unknown = The system does not tell how much is free.
about-version = Version { $version }
about-words = Chat among friends, with nobody's server in the middle. Your device holds your guilds and speaks with your friends' devices directly.
about-licence = Free software: { $licence }.
about-made-with = Made with
about-inter = Font for reading
about-mono = Font for code and ids
about-twemoji = Emoji
about-lucide = Pictograms
about-iced = Drawing and controls
secret-in-keyring = The passphrase is in this computer’s keyring, which opens when you log in: nobody types it. If the keyring is lost, so is this folder.
secret-keyring = Use this computer’s keyring
secret-kept = From now on this computer’s keyring opens your folder.
network-links = Open bivouac:// links
network-links-hint = Invitations and links to messages, clicked in a browser or a mail, open in this program.
keys-everywhere = Keys that work in every window
keys-everywhere-hint = While another program has the keyboard, too: { $acts }.
keys-everywhere-none = There are none here: { $why }.
act-show = Bring Bivouac to the front

## Doctor

doctor = Network doctor
doctor-again = Look again
doctor-copy = Copy report
doctor-copied = The report is copied. It names nobody.
doctor-copy-hint = The report has no names, ids or addresses in it: it can be shown to anybody who helps.
doctor-looking = Looking…
doctor-findings = What the doctor found
doctor-fine = Nothing is wrong.
doctor-here = This device
doctor-listening = Reachable at
doctor-listening-none = nothing
doctor-mdns = Looks on this network
doctor-on = yes
doctor-off = no
doctor-nat = Behind a router (NAT)
doctor-nat-unknown = not known
doctor-dials = Connections tried
doctor-free = Free on the disk
doctor-peers = Devices of your guilds
doctor-peers-none = No device of another member is known yet. Invite somebody, or join a guild.
doctor-guilds = What is here of each guild
doctor-guild-whole = { $ops } entries: everything that is known of is here.
doctor-guild-holes = { $ops } entries here, { $holes } missing, { $parked } waiting for another or for a key.
doctor-guild-there = { $online } of { $members } members are online, you among them.
doctor-unknown = What the doctor can't know
doctor-unknown-nat = Which kind of NAT your router has: this version does not measure it.
doctor-unknown-loss = How many packets get lost on the way: only the round trip is measured.
doctor-unknown-others = Why a device is silent: off, elsewhere, or behind a firewall all look the same from here.
peer-mine = { $name } (mine)
peer-stranger = A stranger
peer-since = connected { $when }
peer-ping = { $ms } ms
peer-ping-least = under 1 ms
peer-ping-unknown = not measured yet
reach-this-machine = this device only
reach-public-4 = public IPv4
reach-public-6 = public IPv6
path-lan = This network
path-direct = Direct, over the internet
path-relay = Through a relay
trying-last = { $when }: { $why }
trying-next = { $count ->
    [one] Tried once; again { $when }.
   *[other] Tried { $count } times; again { $when }.
}
trying-now = Being tried now.
trying-nowhere = No address of it is known; it is looked for on this network.
failure-another = another device answers at its address
failure-refused = its machine answers, but Bivouac does not run there, or on another port
failure-silent = nothing answers: it is off, elsewhere, or behind a firewall
failure-no-route = there is no way from this device to its addresses
failure-full = this device has as many connections as it takes
failure-broken = the connection came to nothing
failure-lost = the connection was lost
failure-left = it closed the connection
finding-no-identity = There is no identity on this device yet.
finding-no-identity-todo = Make one; nothing is connected until then.
finding-store = What is stored here can't be used now.
finding-store-todo = Wait a moment: it may mend itself. If it does not, check the disk and start Bivouac again.
finding-read-only = The disk takes no writes: nothing can be said.
finding-read-only-todo = Free some room. It goes on by itself.
finding-tight = The disk has only { $free } left.
finding-tight-todo = Free some room before it is full.
finding-unreachable = Others can reach no address of this device.
finding-unreachable-todo = Connect it to a network. If it is connected, start Bivouac again.
finding-this-machine = Only programs on this device can reach it.
finding-this-machine-todo = Connect it to a network, or listen on another address (Settings, Network).
finding-no-mdns = People on this network are not looked for.
finding-no-mdns-todo = Switch it on in the settings, or start without --no-mdns.
finding-alone = No device of another member is connected.
finding-alone-todo = Ask a friend to be online. On the same network: guest networks often keep devices apart, and a firewall may block Bivouac.
finding-unknown = { $who } is not connected, and no address is known.
finding-unknown-todo = It is found on the same network, or by a fresh invite link from them.
finding-away = { $who } is not connected: { $why }.
finding-away-todo = If they are online, compare networks and firewalls. Otherwise just wait.
finding-relayed = { $who } is reached through a relay.
finding-relayed-todo = Chat works; calls may be slower. A direct way is looked for by itself.
finding-slow = { $who } is slow: { $ms } ms there and back.
finding-slow-todo = Look for a better network on either side.
finding-holes = { $count ->
    [one] One entry of { $guild } is not here yet.
   *[other] { $count } entries of { $guild } are not here yet.
}
finding-holes-todo = They are fetched from members who have them, as soon as one is online.

## What went wrong

fault-broke = Something broke inside Bivouac. Try again.
fault-no-identity = There is no identity in this folder yet. Start Bivouac again to make one.
fault-closed = Bivouac has closed this folder. Start Bivouac again.
fault-link = This invite link is not whole. Copy it again, from bivouac:// to its last character.
fault-link-other = This is no link of Bivouac's. They begin with bivouac://join/ or bivouac://message/.
fault-link-long = This link is too long to be one of Bivouac's.
fault-link-message = This message link is not whole. Copy it again, from bivouac:// to its last character.
fault-name = This name can't be taken: it is too short or too long, shows nothing, or has characters that are not allowed in it. Choose another.
fault-picture = This picture can't be taken: it is too large, or no PNG, JPEG, GIF or WebP. Choose another.
fault-password = This password can't be taken: one has 1 to 128 characters, and is given when the channel is made.
fault-password-wrong = This is not the channel's password. Try again.
fault-invalid = Something here breaks a rule: it is too long, empty, or of a kind that is not taken. Change it and try again.
fault-not-found = It is not here: it may be gone, or not have arrived yet.
fault-exists = It is there already.
fault-banned = They are banned from this guild; lift the ban first.
fault-knocked = You have knocked there; wait for the answer.
fault-forbidden = This was refused: you may not do it here, or the other side said no. Ask somebody who manages the guild.
fault-too-large = It is too large, or there are as many as there may be. Make it smaller, or remove one first.
fault-invite-expired = This invite has expired or was revoked. Ask for a new one.
fault-invite-used = This invite has been used as often as it may. Ask for a new one.
fault-unreachable = Who could help was not reached, or has not answered in time. Try again when somebody is online.
fault-disk = The disk is full or failing. Free some room, and try again.
fault-store-damaged = What is stored here is damaged, and is being rebuilt. Try again in a moment.
fault-no-key = The key for this has not arrived yet. It comes by itself: try again later.
fault-busy = This can't be done right now. Wait a moment and try again.
fault-too-soon = That was too soon after the last time. Wait a moment, then try again.
fault-file-unreadable = { $path } can't be read: { $why }. Choose a file that you may open.
fault-file-odd = { $path } is no ordinary file. A folder is sent file by file, or as an archive.
fault-file-large = { $path } is larger than { $size }. Split it.
fault-file-nameless = { $path } has no name that is text. Rename it.
fault-file-full = The data folder can't be written: { $why }. Free some room and try again.
fault-file-exists = There is another file at { $path }. Choose another name or folder.
fault-file-unsavable = { $path } can't be written: { $why }. Choose another folder.
fault-file-rotten = The disk has damaged what is kept of this file. Check the disk, and have the file sent again.
fault-file-long = This file has { $size }, and no more than { $most } are shown. Save it instead.
fault-file-stopped = The fetch was stopped. What was fetched is kept; asking again goes on there.
fault-file-unreachable = Nobody who has this file can be reached now. What was fetched of it is kept: try again later.
fault-clock = The clock of this computer shows a time before 2026. Set its date and time, then try again.
fault-folder-used = The folder { $path } is in use by another Bivouac. Close that one first.
fault-folder-none = { $path } is not a folder. Choose another place for your data.
fault-folder-closed = The folder { $path } can't be used: { $why }. Check whose it is, and the room on its disk.
fault-folder-newer = The folder { $path } was written by a newer Bivouac. Update this one to open it.
fault-folder-odd = The file { $path } is not what Bivouac writes. Put it back from a backup.
fault-instance-silent = Bivouac runs with the folder { $path } already and does not answer. Wait a little, or end that program.
fault-passphrase = The passphrase is wrong. Try again.
fault-passphrase-none = This folder opens without a passphrase. Leave it empty.
fault-passphrase-empty = The passphrase is empty. Type one.
fault-vault-damaged = The file { $path }, which holds the key to everything beside it, is missing or damaged. Put it back from a backup.
fault-vault-kdf = The key can't be made from the passphrase. Close other programs to free some memory, and try again.
fault-vault = The key of this folder can't be read or written: { $why }. Check whose folder it is, and the room on its disk.
fault-identity-exists = There is an identity in this folder already. Start Bivouac again to open it.
fault-identity-damaged = The identity file { $path } is damaged, or the key beside it is another folder's. Put both back from a backup.
fault-identity-gone = The identity file { $path } is gone, and what is stored beside it is of no use without. Put it back from a backup.
fault-identity-odd = The identity in this folder is not valid. Put it back from a backup.
fault-identity-other = The identity in this folder is not this device's. Put it back from a backup.
fault-identity = The identity file can't be read or written: { $why }. Check whose it is, and the room on its disk.
fault-store = What is stored can't be opened: { $why }. Check whose the data folder is.
fault-store-write = Nothing can be stored: { $why }. Check the disk, and whose the data folder is.
fault-thread = The system has no room for more: { $why }. Close other programs, and try again.
fault-address = { $address } is no address to listen on. Write one like /ip4/0.0.0.0/udp/4001/quic-v1.
fault-listen = Bivouac can't listen on { $address }: { $why }. Choose another address or a free port.
fault-no-address = Bivouac can't listen on any address: { $why }. Check that this device has a network.
fault-network = The network could not be set up. Start Bivouac again.
fault-open-not-web = Only web addresses (http:// or https://) are opened. Copy the address to use it elsewhere.
fault-open-no-folder = There is no folder { $path }.
fault-open-missing = The program xdg-open, which opens things, can't be run: { $why }. Install xdg-utils.
fault-open-failed = No program was found that opens this. Set a browser or file manager in the settings of your desktop.
fault-clipboard = The clipboard can't be reached here. Drop or save the file instead.
fault-clipboard-silent = The program that holds what was copied does not answer. Save it there, and send the file.
fault-clipboard-large = This picture is too large for the clipboard. Use it as a file.
fault-clipboard-odd = This picture can't be read.
fault-scheme-home = There is no home folder in which Bivouac could be registered.
fault-scheme-path = The path of this program has characters that can't be registered. Install it elsewhere.
fault-scheme-list = The file { $path } is not a list of applications as it should be. Look at it, or move it away.
fault-scheme-file = The file { $path } can't be read or written: { $why }. Check whose it is.
settings-unsaved = The settings could not be saved: { $why }.
warning-clock = Another member's clock is more than five minutes ahead of this one. What they write is shown when its time comes. Check the clock of both devices.
warning-fork = A member's device signed two different things at one place of its log. What it wrote from there on does not count.
warning-elsewhere = A copy of this data folder writes too. Stop one of the two: each device needs an identity of its own.
warning-store = What is stored here was damaged, lost or put back from a copy. What others have of it is asked for. If a copy of this data folder is still in use, stop one of the two.
warning-key = A member's device handed out a key that is not the one everybody has. Others are asked for it.
warning-file = A member's device gave bytes that are not those of the file. Others are asked for it.
warning-lagged = Some of what happened was missed. Everything is looked at again.
warning-other = Something is not as it should be. The network doctor may tell more.
keys-refused = { $act }: { $why }
refusal-unknown = this keyboard has no such keys. Choose others.
refusal-typing = one types with that key. Add Ctrl, Alt or Super.
refusal-taken = used for something else already. Choose other keys.
why-no-bus = there is no session bus (D-Bus)
why-no-service = no program on this desktop offers it
why-silent = the program that offers it does not answer
why-refused = the program that offers it said no
why-missing = it is not there
why-denied = you have no permission
why-full = the disk is full
why-read-only = nothing can be written there
why-folder = a folder stands where a file should, or a file where a folder should
why-taken = another program uses it
why-not-here = this device does not have it
why-system = the system refused
refused-not-member = You are not a member of this guild any more. What you read stays readable.
refused-unseen = You may not see this channel. Ask somebody who manages the guild.
refused-owner-stays = The owner can't leave the guild. Hand it over to another member first.
refused-owner-only = Only the owner can hand the guild over.
refused-lacks = This takes: { $permissions }; and nobody can give what they lack themselves. Ask the owner or an admin.
refused-lacks-here = In this channel, this takes a permission that you don't have: { $permissions }. Ask somebody who manages it.
refused-reads-only = You may not post in this channel.
refused-outranked = What you want to change, or whom, stands as high as you or higher. Ask somebody above.
refused-law = The guild does not allow this: { $why }.
refused-silenced = You are silenced in this guild for another { $time }.
refused-author-only = Only its author can edit a message.
refused-author-or-manager = Only its author, or who manages messages here, can delete a message.
refused-starter-or-manager = Only who began a thread, or who manages messages here, can change it.
refused-slow = This channel is slow: you can post again in { $time }.
refused-clock = The clock of this device was far ahead once and has been set back; others would not see what is written now. Set it right, or wait until it has caught up.
refused-key-coming = What this rests on can't be read yet: a key is on its way. Try again in a moment.
refused-sealed = This message can't be read yet: its key has not arrived. It comes by itself.
refused-guilds-most = Bivouac holds { $most } guilds here, as many as there may be, those you left among them.
refused-channels-most = This guild has { $most } channels, as many as there may be. Delete one first.
refused-roles-most = This guild has { $most } roles, as many as there may be. Delete one first.
refused-pins-most = This channel has { $most } pins, as many as there may be. Take one off first.
refused-edits-most = This message was edited { $most } times, as often as it may be. Delete it, and write another.
refused-store-fails = What is stored here keeps getting damaged. Check the disk and the memory of this computer, then start Bivouac again.
refused-removed = You were removed from this guild. If you were not banned, a new invite lets you in.
refused-invite = The invite was not accepted. Ask for a new one.
refused-host-left = A member let you in, but went away before the guild was here. Try the link again.
refused-nobody = Nobody was reached. Are you on the same network as a member, or is one of them online at an address in the link?
refused-no-member = No member of this guild was reached in time. Ask whoever invited you to be online, and try again.
refused-denied = Somebody has denied you this channel; the password does not help. Ask them.
refused-keyless = The password was right, but the channel's keys have not come yet. They come by themselves.
refused-unchecked = Nobody who reads this channel could check the password: nobody is reachable, or too many wrong ones were tried. Try again in ten minutes.
refused-hidden = You are hidden from this network. Show yourself, then knock.
refused-no-knocks = They let nobody knock. Ask them for a link.
refused-knock-later = They can't be knocked at now. Try again later, or ask them for a link.
refused-knock-unreached = They were not reached. Try again.
refused-knock-left = They went away before they answered. Knock again when they are there.
refused-turned-away = They did not let you in.
refused-unanswered = Nobody answered the knock. Try again, or ask them for a link.
refused-messages-waiting = Too many messages wait for a key. Try again in a moment.
refused-keys-coming = The channel's keys are being made. Try again in a moment.
refused-read-only = The disk takes no more. Free some room: reading goes on, and writing as soon as there is room.
refused-not-sent = The disk takes no more, so this was not sent. Free some room, and send it again.
refused-disk-needs = The disk is full or failing. Free some room, { $size } or more, and Bivouac goes on by itself.
refused-joins-most = You are joining many guilds at once. Wait until one is here.
refused-entries-most = You are trying many passwords at once. Wait for an answer.
refused-knocks-most = You have knocked at many. Wait for an answer.
