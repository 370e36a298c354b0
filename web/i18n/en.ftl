# The frame
skip = Skip to the page
brand-home = Klieg, home
nav-label = Pages
nav-home = Home
nav-search = Search
nav-following = Following
nav-studio = Studio
nav-me = Me
search-label = Search channels
go-live = Go live
log-in = Log in
sign-up = Sign up
settings = Settings
is-live = { $name } is live
live = Live
saved = Saved.
save = Save
saving = Saving…
retry = Try again
loading = Loading…
show-more = Show more

# The bell
bell = Notifications
bell-unseen = { $count ->
    [one] Notifications, one new
   *[other] Notifications, { $shown } new
  }
bell-many = Notifications, more than 99 new
bell-close = Close
told-new = New:
told-live = { $name } went live
told-mention = { $name } mentioned you in { $channel }’s chat
told-reply = { $name } answered you in { $channel }’s chat
told-none = Nothing yet
told-none-next = When a channel you follow goes live, or somebody names you in a chat that you are not in, you read it here.

# Numbers
viewers = { $count ->
    [one] { $shown } viewer
   *[other] { $shown } viewers
  }
followers = { $count ->
    [one] { $shown } follower
   *[other] { $shown } followers
  }
reconnects = { $count ->
    [one] reconnected once
   *[other] reconnected { $shown } times
  }
ago-now = just now
ago-minutes = { $count ->
    [one] a minute ago
   *[other] { $shown } minutes ago
  }
ago-hours = { $count ->
    [one] an hour ago
   *[other] { $shown } hours ago
  }
ago-days = { $count ->
    [one] yesterday
   *[other] { $shown } days ago
  }

# Trouble
error-title = This page is not here yet
error-unreachable = The server cannot be reached. Check your connection; nothing you did is lost.
error-logged-out = You have been logged out. Log in to go on.
error-unreadable = The server answered in a way this page does not know. Reload to get the newest version.
login-first = Log in first
login-first-why = This page is about you. With an account you follow channels and go live yourself.
missing-title = Nothing here
missing-text = There is no page or channel at { $address }. Check the spelling.
to-home = See what is live

# Home
live-now = Live now
featured = Featured show
categories = Categories
category-all = All
only-one-live = One show is on right now. It plays above.
none-in-category = Nobody is live in { $category } right now.
untitled = { $name } live
watch = Watch
watch-name = Watch { $name }
dark-title = The stage is dark. It could be yours.
dark-text = Nobody is live right now. Bring a camera, a screen or just your voice, and the light goes on within a second.

# Channel
follow = Follow
followed = Following
manage-show = Manage show
about-name = About { $name }
about-empty = { $name } has not written anything here yet.
also-live = Also live
also-live-none = No other show is on right now.
live-since = Live since { $time }
mature = 18+

# Player
player-label = Player
play = Play
pause = Pause
sound-on = Turn sound on
sound-off = Turn sound off
unmute = Click to unmute
volume = Volume
full-screen = Full screen (f)
chat-show = Show the chat (c)
chat-hide = Hide the chat (c)
picture-in-picture = Picture in picture
player-settings = Connection and quality
latency-hint = How far the picture is behind. Choose the connection here
connection = Connection
way-auto = Automatic
way-auto-hint = The quickest that works
way-whep = Live (WebRTC)
way-whep-hint = Under a second behind
way-whep-short = WebRTC
way-hls = LL-HLS
way-hls-hint = A few seconds behind, steadier
way-hls-short = LL-HLS
quality = Quality
quality-auto = Automatic
state-offline = { $name } is not live
state-offline-next = The picture starts here by itself when the show does.
state-ended = The show is over
state-ended-next = When { $name } is back, the picture starts here by itself.
state-connecting = Connecting…
state-stalled = Waiting for the picture
state-stalled-next = It goes on by itself.
state-awaiting = The show dropped
state-awaiting-next = { $name }’s connection is gone for a moment. The picture goes on here by itself.
state-reconnecting = Reconnecting
state-reconnecting-next = The connection is gone; attempt { $attempt }.

# Following and search
following-none = Follow somebody
following-none-next = Channels you follow stand here, live ones first. Press Follow beneath a show you like.
see-live = See what is live
not-live = Not live
search-what = Search by name, title, category or tag.
search-none = Nothing found for “{ $words }”
search-none-next = Try fewer letters, or another word for it.

# Log in, sign up
login-field = Handle or e-mail
password = Password
password-show = Show password
password-hide = Hide password
password-hint = At least 8 characters.
logging-in = Logging in…
no-account = New here?
sign-up-why = To follow channels and to go live yourself.
signing-up = Signing up…
have-account = Signed up before?
handle = Handle
handle-hint = Your name in every address: letters, digits and underscores, 3 to 25.
handle-address = Your channel: { $address }
handle-characters = Only letters a to z, digits and underscores; it does not begin with an underscore.
handle-reserved = This one is taken by Klieg itself. Choose another.
email = E-mail

# Studio
your-channel = Your channel
open-in-studio = Open in Klieg Studio
open-in-studio-why = Signs Klieg Studio on this computer in to your channel
open-in-studio-next = If nothing opens, Klieg Studio is not installed on this computer.
on-air = You are on air
off-air = You are off air
off-air-next = Start your encoder with the key and address on this page. How the show comes in appears here within seconds.
dropped = Your show dropped
dropped-next = Viewers keep their place while we wait for your encoder. Start it again with the same key and the show goes on.
health-good = All is well: the show comes in steadily.
picture = Picture
sound = Sound
bitrate = Bit rate
frame-rate = Frame rate
per-second = fps
keyframe-every = Keyframe every
lost = Lost
stream-key = Stream key
stream-key-why = Whoever has a key can broadcast on your channel. Keep it to yourself.
key-once = Copy the key now: it is never shown again.
copy-key = Copy the key
make-key = Make a stream key
key-used = Last used { $ago }
key-unused = Not used yet
key-revoke = Delete key
key-revoke-name = Delete the key ending in { $hint }
key-revoke-what = Delete the key ending in { $hint }? A show that uses it ends at once.
key-keep = Keep it
copy = Copy
copied = Copied
copy-failed = The browser does not let this page copy. Select the text and copy it yourself.
your-key = YOUR_STREAM_KEY
recipes = How to send your show
recipes-why = Any encoder that speaks RTMP or WHIP will do.
recipe-obs = OBS
recipe-whip = WHIP
server = Server
bearer = Bearer token
obs-1 = In OBS, open Settings, then Stream, and choose the service “Custom…”.
obs-2 = Fill in the two fields below. Under Output, set the keyframe interval to 2 s.
obs-3 = Press Start Streaming.
obs-whip = For the lowest delay choose the service WHIP instead, with { $server } as server and the key as bearer token.
ffmpeg-why = Sends a file as if it were live. Replace the input with your camera or screen.
ffmpeg-file = In a terminal
whip-why = WebRTC all the way: the lowest delay there is.
whip-curl = Any other encoder: an SDP offer by POST
show = Your show
show-why = What viewers see before they press play. Changes take effect at once, also while you are live.
show-title = Title
show-title-example = What happens in this show
category = Category
language = Language
language-hint = As a tag, such as en or de.
tags = Tags
tags-hint = Up to 10, with commas between.
visibility = Who can watch
visibility-public = Everybody
visibility-public-hint = Listed on the home page and in search.
visibility-unlisted = With the link
visibility-unlisted-hint = Not listed; whoever knows the address can watch.
visibility-private = Only you
visibility-private-hint = Nobody else can watch. Good for a rehearsal.
mature-check = For adults
mature-hint = Marks the show as 18+.
announce-check = Tell followers
announce-hint = Whoever follows you reads it when you go live: once a show, and not again of one that follows soon after. Nobody is told of a show that only you can watch.

# Settings
display-name = Name
display-name-hint = Shown instead of your handle.
about = About you
about-hint = What people can expect from your channel.
emotes = Emotes
emotes-why = Small pictures for your chat: whoever writes a name between colons shows its picture.
emotes-none = None yet. Add a picture, and it can be written in your chat at once.
emotes-count = { $count ->
    [one] { $shown } emote
   *[other] { $shown } emotes
  }
emotes-choose = Choose pictures, or drop them here
emotes-limits = PNG, GIF, WebP or JPEG, at most 512 KiB and 1,024 pixels a side. If they move, at most 60 frames and 10 seconds.
emotes-full = Your channel has 100 emotes, as many as it may have. Delete one to add another.
emote-name = Name
emote-name-hint = Written { $written } in the chat. 2 to 24 letters, digits and underscores.
emote-add = Add emote
emote-adding = Adding…
emote-leave = Leave it out
emote-added = { $written } can be written now.
emote-too-large = This file has more than 512 KiB. Make it smaller and choose it again.
emote-wrong-kind = This is no PNG, GIF, WebP or JPEG. Save it as one of these and choose it again.
emote-animated = Moves
emote-delete = Delete emote
emote-delete-name = Delete the emote { $written }
emote-delete-what = Delete { $written }? Where it was written, its name stands again.
emote-keep = Keep it
email-why = For logging in and for what matters about your account. Nobody else sees it.
change-email = Change e-mail
email-password-why = To be sure that it is you.
password-why = Changing it logs you out everywhere else.
password-current = Current password
password-new = New password
change-password = Change password
tokens = API tokens
tokens-why = For bots and integrations. A token acts in your name, within what you allow it, and stays when you log out or change your password.
tokens-none = None yet. Make one for each bot, so that you can take it back alone.
token-once = Copy the token now: it is never shown again.
copy-token = Copy the token
token-new = New token
token-name = Name
token-name-hint = What it is for, such as “Greeter bot”.
token-end = Expires
token-days = { $count ->
    [one] In a day
   *[other] In { $shown } days
  }
token-never = Never
token-scopes = What it may do
scope-room-read = Enter rooms as you, also those that only you may enter, and read there what you may read.
scope-room-write = Say, react, vote, ask, spend your points, report, and delete its own messages. Needs room:read to enter.
scope-room-moderate = Do what you do as a moderator and in your own room: ban, pin, ask the room, change its rules. Needs room:read to enter.
scope-channel-read = Read your profile without your e-mail address, your channel, and how your show comes in.
scope-channel-write = Change your channel, such as its title and its emotes, and mark moments of your show.
token-password-why = A token goes on when you log out, so it takes your password to make one.
token-make = Make token
token-making = Making…
token-cancel = Cancel
token-expires = Expires on { $date }
token-expired = Expired on { $date }
token-stays = Never expires
token-revoke = Delete token
token-revoke-name = Delete the token { $name }
token-revoke-what = Delete the token { $name }? What uses it is cut off at once.
privacy = In chats
listed-check = Show my name in the list of who is here
listed-why = Without it you are still counted, and the creator and the moderators of a chat see that you are there. What you write bears your name.
appearance = Appearance
theme = Theme
theme-system = Like the system
theme-dark = Dark
theme-light = Light
log-out = Log out
log-out-why = On this device only.

# Chat
chat = Chat
chat-log-in = Log in to chat
chat-messages = Messages
chat-present = { $count ->
    [one] { $shown } person is here
   *[other] { $shown } people are here
  }
chat-here = Who is here
chat-here-guests = { $count ->
    [one] { $shown } guest, not logged in
   *[other] { $shown } guests, not logged in
  }
chat-here-unlisted = { $count ->
    [one] { $shown } more, not listed
   *[other] { $shown } more, not listed
  }
chat-here-nobody = Nobody here is logged in.
chat-here-more = More people
chat-here-refused = Who is here could not be loaded.
chat-settings = Chat settings
chat-size = Text size
chat-small = Small
chat-usual = Usual
chat-large = Large
chat-times = Show times
chat-readable = Easier to read
chat-readable-why = More room between letters and lines, names without colours.
chat-everything = Show everything
chat-everything-why = Also when more is said than one can read.
chat-sampled = More is said than one can read: this is a part of it.
chat-sampled-all = Show everything
chat-still = Animations off
chat-still-why = Emotes stand still.
chat-in-step = In step with the picture
chat-in-step-why = When your picture is some seconds behind, so is the chat: nobody tells you the goal before you see it.
chat-rules = How this room is kept
chat-on = On
chat-off = Off
chat-seconds = { $count ->
    [one] { $shown } second
   *[other] { $shown } seconds
  }
chat-slow = Slow mode
chat-who = Who may write
chat-everybody = Everybody
chat-followers = Followers
chat-followers-for = { $count ->
    [one] Followers for a minute
   *[other] Followers for { $shown } minutes
  }
chat-delay = Delay for viewers
chat-delay-why = Moderators see messages so much earlier.
chat-subscribers-only = Subscribers only
chat-subscribers-only-why = Subscriptions come with payments, which are not here yet: until then only the creator and moderators could write.
chat-emotes-only = Only emoji and emotes
chat-unique = Nothing twice
chat-hold-links = Hold links for review
chat-previews = Show what links lead to
chat-previews-why = The server looks the page up and shows its title. Strangers’ links stay as they are.
chat-hold-noise = Hold noise for review
chat-hold-noise-why = Shouting, drawn-out letters, walls of emoji.
chat-shield = Shield
chat-shield-why = For 15 minutes only people write whom the room knew before.
chat-auto-shield = Raise the shield by itself
chat-auto-shield-why = When several strangers say the same.
chat-shielded = The shield is up until { $time }. Newcomers can read.
chat-shield-lower = Lower
chat-filters = Filters
chat-filter = Word or pattern
chat-filter-add = Add
chat-filter-does = What it does
chat-filter-hold = Hold for review
chat-filter-refuse = Refuse
chat-filter-hint = Found also when disguised. End with * for what begins so; write /…/ around a regular expression. Viewers do not see this list.
chat-filter-remove = Remove “{ $pattern }”
chat-close = Close
chat-looking = Looking it up …
chat-look-again = Try again
chat-since = Here since { $date }
chat-follows-since = Follows since { $date }
chat-follows-not = Does not follow
chat-wrote = { $count ->
    [one] { $shown } message here
   *[other] { $shown } messages here
  }
chat-silenced-until = Silenced until { $time }
chat-is-banned = Banned
chat-forgive = Let { $name } write again
chat-appoint = Make { $name } a moderator
chat-dismiss = No longer a moderator
chat-written = What they wrote
chat-written-none = Nothing yet.
chat-written-more = Earlier messages
chat-written-held = Waits
chat-written-discarded = Discarded
chat-written-deleted = Deleted
chat-written-delete = Delete “{ $text }”
chat-mention = Mention { $name }
chat-ignore = Ignore { $name }
chat-ignore-why = You do not see what they say. They are not told.
chat-heed = Show { $name } again
chat-ignored = You do not see what these people say:
chat-notes = Notes for moderators
chat-note = New note
chat-note-remove = Remove the note
chat-report = Report { $name }
chat-report-why = What is wrong?
chat-report-send = Report
chat-reported = The moderators will look at it.
chat-reported-owner = It goes to those who run this site, and not to the channel.
chat-acts = What was done
chat-desk = Moderation
chat-appeals = Appeals
chat-appeals-none = Nobody appeals.
chat-appeal-answer = Answer, if you like
chat-appeal-accept = Let them back
chat-appeal-reject = Keep it
chat-reports = Reports
chat-reports-none = Nothing is reported.
chat-report-resolve = Dealt with
chat-moderators = Moderators
chat-moderators-none = Nobody but whose channel it is.
chat-moderator-name = Handle of a new moderator
chat-moderator-add = Appoint
chat-rights-why = Every moderator deletes, pins and reviews messages. What else they may do, you choose.
chat-rights-of = What { $name } may do
chat-rights-none = Deletes, pins and reviews messages
chat-right-people = Silence and ban people
chat-right-rules = Change how this room is kept
chat-right-events = Polls, predictions and raids
chat-dismiss-one = Dismiss { $name }
chat-silenced = Silenced and banned
chat-unwritten = Holds already. It is still being written down.
chat-silenced-none = Everybody may write.
chat-silenced-more = More
chat-log = Log
chat-log-none = Nothing was done yet.
chat-log-more = Older
chat-you-silenced = A moderator has silenced you until { $time }. You can go on reading.
chat-you-silenced-why = The reason: { $reason }
chat-appeal-text = Why should you be let back?
chat-appeal-send = Appeal
chat-appeal-sent = You have appealed. A moderator decides.
chat-appeal-accepted = Your appeal was accepted: you may write again.
chat-appeal-rejected = Your appeal was rejected.
chat-held-filter = Caught by the filter “{ $pattern }”
chat-held-link = Has a link
chat-held-noise = Is loud
chat-held-delay = Is shown in a moment
chat-act-token = (by the API token “{ $token }”)
chat-act-ban = banned
chat-act-time-out = silenced
chat-act-unban = let back
chat-act-delete = deleted a message of
chat-act-approve = approved a message of
chat-act-discard = discarded a message of
chat-act-announce = announced something
chat-act-pin = pinned a message
chat-act-unpin = unpinned
chat-act-start-poll = started a poll
chat-act-end-poll = ended a poll
chat-act-settings = changed how the room is kept
chat-act-add-filter = added a filter
chat-act-remove-filter = removed a filter
chat-act-appoint = appointed
chat-act-dismiss = dismissed
chat-act-remove-note = removed a note about
chat-act-delete-all = deleted what was said by
chat-act-discard-held = discarded what waited
chat-act-discard-all = discarded what waited of
chat-removed = { $count ->
    [one] Show the message
   *[other] Show the { $shown } messages
  }
chat-removed-more = More of them
chat-act-note = wrote a note about
chat-act-accept = accepted the appeal of
chat-act-reject = rejected the appeal of
chat-act-resolve = dealt with a report about
chat-act-shield = The shield went up by itself
chat-act-shield-over = The shield came down
chat-act-other = did something else
chat-pinned = Pinned
chat-unpin = Unpin
chat-held = { $count ->
    [one] { $shown } message waits for you
   *[other] { $shown } messages wait for you
  }
chat-approve = Show
chat-deny-all = Discard all { $shown }
chat-deny = Discard
chat-empty = Nobody has said anything yet. Say hello.
chat-earlier = Earlier messages
chat-earlier-reading = Loading earlier messages …
chat-earlier-refused = Earlier messages could not be loaded.
chat-earlier-begun = This is where the talk begins.
chat-earlier-full = This page keeps no more than this to look back at.
chat-newest = To the newest
chat-unseen = { $count ->
    [one] { $shown } new message
   *[other] { $shown } new messages
  }
chat-lost = The connection is gone; reconnecting. What you write is sent then.
chat-logged-out = You have been logged out. Log in again to go on.
chat-banned = You are banned from this chat.
chat-private = This channel is private now. The chat comes back when it is open again.
chat-refused = This chat is not open to you.
chat-incompatible = This page is out of date. Reload it to go on.
chat-refused-offline = There is no connection: this was not done. Try again in a moment.
chat-refused-unanswered = The connection was lost before the answer came. Look whether it was done.
chat-refused-too-many-waiting = Too much of yours waits to be sent. Wait until it is, then send this.
chat-refused-unauthenticated = Log in to take part.
chat-refused-forbidden = Only the creator and moderators may do this.
chat-refused-creator-only = Only the creator may do this.
chat-refused-rights = The creator has not given you this right.
chat-refused-over-creator = Nobody may do this to the creator, and only the creator to moderators.
chat-refused-appoints = Only the creator appoints moderators, and is none.
chat-refused-not-yours = Only its author and moderators may do this.
chat-refused-own-question = This is your own question.
chat-refused-has-stake = You have a stake in it: somebody else has to decide it.
chat-refused-yourself = This is you.
chat-refused-not-found = That is not here, or not any more.
chat-refused-no-account = Nobody here has this handle.
chat-refused-said-just-now = You said that just now. Say something else.
chat-refused-said-already = This was said lately. Say something new.
chat-refused-filtered = The moderators do not want this said here. Put it differently.
chat-refused-would-wait = A moderator would have to look at this first. Put it differently.
chat-refused-shielded = The room is closed to newcomers for a while. You can go on reading.
chat-refused-silenced = A moderator silenced you.
chat-refused-silenced-for = { $count ->
    [one] A moderator silenced you; you may write again in { $shown } second.
   *[other] A moderator silenced you; you may write again in { $shown } seconds.
  }
chat-refused-banned = You are banned from this room.
chat-refused-followers-only = Follow the channel to write here.
chat-refused-followers-for = { $count ->
    [one] You may write once you have followed the channel for { $shown } minute.
   *[other] You may write once you have followed the channel for { $shown } minutes.
  }
chat-refused-subscribers-only = Only subscribers may write now.
chat-refused-emotes-only = Only emoji and this channel’s emotes may be written now.
chat-refused-too-many-requests = { $count ->
    [one] Wait { $shown } second and try again.
   *[other] Wait { $shown } seconds and try again.
  }
chat-refused-room-full = So much is said here that not all of it can be taken. Try again in a moment.
chat-refused-held-full = Too many messages wait for a moderator. Try again later.
chat-refused-held-own = { $count ->
    [one] { $shown } message of yours waits for a moderator. Wait until it is looked at, or take it back.
   *[other] { $shown } messages of yours wait for a moderator. Wait until one is looked at, or take one back.
  }
chat-refused-unavailable = The server is busy. Try again in a moment.
chat-refused-unwritten = This holds, but could not be written down yet. The server goes on trying.
chat-refused-questions-own = { $count ->
    [one] You have { $shown } open question. Wait until it is answered, or take it back.
   *[other] You have { $shown } open questions. Wait until one is answered, or take one back.
  }
chat-refused-questions-full = There are as many open questions as there may be. Vote for one of them.
chat-refused-no-questions = No questions are taken now.
chat-refused-questions-delayed = While what is said is shown later, no questions are taken.
chat-refused-notes-full = { $count ->
    [one] There is { $shown } note. Remove it first.
   *[other] There are { $shown } notes. Remove some first.
  }
chat-refused-reports-many = The moderators have many reports of yours. Wait for them.
chat-refused-rewards-full = { $count ->
    [one] A channel has at most { $shown } reward.
   *[other] A channel has at most { $shown } rewards.
  }
chat-refused-rewards-wait = Too many rewards wait to be fulfilled. Try again later.
chat-refused-reward-changed = { $count ->
    [one] It costs { $shown } point now.
   *[other] It costs { $shown } points now.
  }
chat-refused-reward-paused = This reward cannot be redeemed now.
chat-refused-not-enough-points = { $count ->
    [one] You have { $shown } point.
   *[other] You have { $shown } points.
  }
chat-refused-too-many-reactions = Choose one of the emoji that are there.
chat-refused-one-emoji = Send one emoji.
chat-refused-poll-is-on = End the poll that is on, or wait for its end.
chat-refused-poll-ended = This poll is over.
chat-refused-prediction-is-on = Decide or cancel the prediction that is on.
chat-refused-prediction-locked = It is too late to stake points.
chat-refused-prediction-over = This prediction is decided.
chat-refused-stake-moved = You have staked on another outcome; a stake can be raised, not moved.
chat-refused-stake-lowered = Stake at least { $shown }: a stake can be raised, not lowered.
chat-refused-own-channel = The creator has no points in their own channel.
chat-refused-raid-self = A channel cannot raid itself.
chat-refused-raid-is-on = Call off the raid that is on first.
chat-refused-raids-refused = This channel does not take your raid.
chat-refused-not-live = Only a channel that is live can be raided.
chat-refused-raid-go-live = Go live first: a raid takes along who watches.
chat-refused-not-silenced = You may write here.
chat-refused-appealed-already = You have appealed. A moderator decides.
chat-refused-banned-already = They are banned. Lift the ban first.
chat-refused-silenced-anew = They were silenced anew since they appealed: let them back among who is silenced, or reject this.
chat-refused-empty = Write something.
chat-refused-too-long = { $count ->
    [one] Use at most { $shown } character.
   *[other] Use at most { $shown } characters.
  }
chat-refused-marks = Use fewer marks and emoji.
chat-refused-range = Use { $shown } to { $most }.
chat-refused-filters-full = { $count ->
    [one] A room has at most { $shown } filter of this kind.
   *[other] A room has at most { $shown } filters of this kind.
  }
chat-refused-catches-all = This would catch every message.
chat-refused-no-pattern = Write a word, words, a word with * before or after it, or /a regular expression/.
chat-announcement = Announcement
chat-deleted = deleted
chat-creator = Whose show it is
chat-moderator = Moderator
chat-bot = Bot
chat-bot-why = A program wrote this
chat-subscriber = Subscriber
chat-reaction = { $emoji }, { $shown } times; add yours
chat-reply = Reply
chat-react = React
chat-more = More
chat-delete = Delete
chat-pin = Pin
chat-time-out = Silence { $name }
chat-ban = Ban { $name }
chat-time-out-does = { $name } cannot write here for so long. What they said lately is deleted for good.
chat-ban-does = { $name } is shut out of this chat. What they said lately is deleted for good.
chat-span = For how long
chat-span-minute = 1 min
chat-span-minutes = 10 min
chat-span-hour = 1 h
chat-span-day = 1 day
chat-span-own = Other
chat-span-minutes-own = Minutes
chat-judgement-why = The reason, if you like: they are told
chat-judgement-not = Not now
chat-is-held = A moderator looks at it before it is shown.
chat-again = Send again
chat-edit = Edit
chat-withdraw = Take back
chat-is-discarded = This is not shown: it was removed.
chat-understood = All right
chat-say = Say something
chat-say-slowly = { $count ->
    [one] Say something, once a second
   *[other] Say something, once in { $shown } seconds
  }
chat-say-in-thread = Say something in this thread
chat-say-emoji = Say it in emoji
chat-send = Send
chat-cheer = Cheer
chat-cheer-heart = Send a heart
chat-cheer-clap = Clap
chat-cheer-laugh = Laugh
chat-emoji = Emoji
chat-emoji-often = Often used
chat-emoji-smileys = Smileys
chat-emoji-people = People and gestures
chat-emoji-nature = Animals and nature
chat-emoji-food = Food and drink
chat-emoji-activities = Activities
chat-emoji-travel = Travel and places
chat-emoji-objects = Objects
chat-emoji-symbols = Symbols
chat-emotes = Emotes of this channel
chat-emotes-search = Search emotes and emoji
chat-emotes-none = Nothing is called “{ $name }”.
chat-answering = Answering { $name }
chat-answer-none = Do not answer
chat-left = { $count ->
    [one] { $shown } character left
   *[other] { $shown } characters left
  }
chat-left-over = { $count ->
    [one] { $shown } character too many
   *[other] { $shown } characters too many
  }
chat-commands = Commands
chat-people-offered = People who wrote here
chat-offered = { $count ->
    [one] { $shown } suggestion
   *[other] { $shown } suggestions
  }
chat-no-command = There is no such command. Begin with two slashes to say it all the same.
chat-usage = Use it like this: { $usage }
chat-poll = Poll
chat-poll-new = Ask the room
chat-poll-question = Question
chat-poll-option = Answer { $number }
chat-poll-time = Time to vote
chat-poll-ask = Start the poll
chat-poll-left = { $left } left
chat-poll-over = Over
chat-poll-end = End it now
chat-poll-away = Put away
chat-votes = { $count ->
    [one] { $shown } vote
   *[other] { $shown } votes
  }
chat-minutes = { $count ->
    [one] { $shown } minute
   *[other] { $shown } minutes
  }
chat-cancel = Cancel
chat-sure = Sure?
chat-reward-for = { $count ->
    [one] For { $shown } point
   *[other] For { $shown } points
  }
chat-goal = Goal
chat-goal-followers = Followers to reach
chat-goal-set = Set the goal
chat-goal-remove = Take it away
chat-thread = Thread
chat-thread-show = Show the thread
chat-thread-leave = Everything again
chat-raid = Everybody goes to { $name }:
chat-raid-stay = Stay here
chat-raid-staying = You stay
chat-raid-cancel = Call it off
chat-raided = { $count ->
    [one] { $name } comes with { $shown } viewer. Say hello.
   *[other] { $name } comes with { $shown } viewers. Say hello.
  }
chat-shout-out = Worth a visit: { $name }
chat-shout-out-live = Live now and worth a visit: { $name }
chat-visit = Visit
chat-refuses-raids = Take no raids
chat-act-raid = sent everybody to
chat-act-cancel-raid = called the raid off
chat-act-shout-out = recommended
chat-number = { $shown }
chat-points = { $count ->
    [one] { $shown } point
   *[other] { $shown } points
  }
chat-points-why = { $count ->
    [one] You earn { $shown } point for every five minutes that you watch the live show.
   *[other] You earn { $shown } points for every five minutes that you watch the live show.
  }
chat-prediction = Prediction
chat-prediction-why = People stake points on what will come true. Then you say what did, and those who were right share everything.
chat-prediction-ask = Start the prediction
chat-prediction-locked = No more stakes; the outcome is awaited
chat-prediction-mine = your stake: { $shown }
chat-prediction-people = { $count ->
    [one] { $shown } person
   *[other] { $shown } people
  }
chat-prediction-true = “{ $outcome }” came true
chat-prediction-sure = { $count ->
    [one] Sure? { $shown } point is shared out
   *[other] Sure? { $shown } points are shared out
  }
chat-prediction-lock = No more stakes
chat-prediction-cancel = Cancel and give back
chat-prediction-cancelled = Cancelled: everybody has their points back.
chat-prediction-won = { $count ->
    [one] You were right: { $shown } point for you.
   *[other] You were right: { $shown } points for you.
  }
chat-prediction-lost = Not this time: your stake is gone.
chat-stake = Points to stake
chat-stake-do = Stake
chat-stake-all = All: { $shown }
chat-poll-kind = What it is
chat-rewards = Rewards
chat-rewards-why = What viewers can get for the points that they earn by watching.
chat-rewards-none = There is nothing to redeem here yet. Points can also be staked on predictions.
chat-reward-new = New reward
chat-reward-title = Title
chat-reward-cost = Points
chat-reward-asks = Viewers have to write something
chat-reward-waits = Waits until you have done it
chat-reward-waits-why = You can give the points back.
chat-reward-pause = Paused
chat-reward-paused = paused
chat-reward-save = Save
chat-reward-edit = Change “{ $title }”
chat-reward-remove = Remove “{ $title }”
chat-reward-text = What to say with it
chat-reward-redeem = Redeem
chat-redeemed = Redeemed: { $title }
chat-redemptions = { $count ->
    [one] { $shown } reward waits for you
   *[other] { $shown } rewards wait for you
  }
chat-redemption-done = Done
chat-redemption-back = Give the points back
chat-questions = Questions
chat-questions-open = { $count ->
    [one] { $shown } question
   *[other] { $shown } questions
  }
chat-questions-take = Take questions
chat-questions-none = No question is open.
chat-question = Ask a question
chat-question-ask = Ask
chat-question-vote = I want to know it as well
chat-question-votes = { $count ->
    [one] { $shown } person wants to know it as well
   *[other] { $shown } people want to know it as well
  }
chat-question-answered = Answered
chat-question-dismiss = Put away
chat-question-back = Take back
chat-act-start-prediction = started a prediction
chat-act-lock-prediction = ended the stakes
chat-act-resolve-prediction = decided a prediction
chat-act-cancel-prediction = cancelled a prediction
chat-act-save-reward = changed a reward
chat-act-remove-reward = removed a reward
chat-act-fulfil = fulfilled a reward of
chat-act-refund = gave the points back to
chat-act-answer-question = answered a question of
chat-act-dismiss-question = put away a question of
