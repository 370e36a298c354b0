# Rahmen
skip = Zum Inhalt
brand-home = Klieg, Startseite
nav-label = Seiten
nav-home = Start
nav-search = Suche
nav-following = Gefolgt
nav-studio = Studio
nav-me = Ich
search-label = Kanäle suchen
go-live = Live gehen
log-in = Anmelden
sign-up = Registrieren
settings = Einstellungen
is-live = { $name } ist live
live = Live
saved = Gespeichert.
save = Speichern
saving = Speichert …
retry = Noch einmal
loading = Lädt …
show-more = Mehr zeigen

# Die Glocke
bell = Mitteilungen
bell-unseen = { $count ->
    [one] Mitteilungen, eine neue
   *[other] Mitteilungen, { $shown } neue
  }
bell-many = Mitteilungen, mehr als 99 neue
bell-close = Schließen
told-new = Neu:
told-live = { $name } ist live gegangen
told-mention = { $name } hat dich im Chat von { $channel } erwähnt
told-reply = { $name } hat dir im Chat von { $channel } geantwortet
told-none = Noch nichts
told-none-next = Wenn ein Kanal live geht, dem du folgst, oder dich jemand in einem Chat nennt, in dem du nicht bist, liest du es hier.

# Zahlen
viewers = { $count ->
    [one] { $shown } Zuschauer
   *[other] { $shown } Zuschauer
  }
followers = { $count ->
    [one] { $shown } Follower
   *[other] { $shown } Follower
  }
reconnects = { $count ->
    [one] einmal neu verbunden
   *[other] { $shown }-mal neu verbunden
  }
ago-now = gerade eben
ago-minutes = { $count ->
    [one] vor einer Minute
   *[other] vor { $shown } Minuten
  }
ago-hours = { $count ->
    [one] vor einer Stunde
   *[other] vor { $shown } Stunden
  }
ago-days = { $count ->
    [one] gestern
   *[other] vor { $shown } Tagen
  }

# Schwierigkeiten
error-title = Diese Seite ist noch nicht da
error-unreachable = Der Server ist nicht zu erreichen. Prüfe deine Verbindung; es ist nichts verloren.
error-logged-out = Du bist abgemeldet. Melde dich an, um weiterzumachen.
error-unreadable = Der Server hat anders geantwortet, als diese Seite es kennt. Lade sie neu.
login-first = Melde dich zuerst an
login-first-why = Auf dieser Seite geht es um dich. Mit einem Konto folgst du Kanälen und gehst selbst live.
missing-title = Hier ist nichts
missing-text = Unter { $address } gibt es weder Seite noch Kanal. Prüfe die Schreibweise.
to-home = Sehen, was läuft

# Start
live-now = Jetzt live
featured = Vorgestellte Sendung
categories = Kategorien
category-all = Alle
only-one-live = Gerade läuft eine Sendung. Du siehst sie oben.
none-in-category = In { $category } ist gerade niemand live.
untitled = { $name } live
watch = Ansehen
watch-name = { $name } ansehen
dark-title = Die Bühne ist dunkel. Sie könnte deine sein.
dark-text = Gerade ist niemand live. Bring eine Kamera, einen Bildschirm oder nur deine Stimme mit, und nach einer Sekunde geht das Licht an.

# Kanal
follow = Folgen
followed = Gefolgt
manage-show = Sendung verwalten
about-name = Über { $name }
about-empty = { $name } hat hier noch nichts geschrieben.
also-live = Auch live
also-live-none = Gerade läuft keine andere Sendung.
live-since = Live seit { $time }
mature = 18+

# Player
player-label = Player
play = Abspielen
pause = Anhalten
sound-on = Ton an
sound-off = Ton aus
unmute = Ton einschalten
volume = Lautstärke
full-screen = Vollbild (f)
chat-show = Chat zeigen (c)
chat-hide = Chat verbergen (c)
picture-in-picture = Bild im Bild
player-settings = Verbindung und Qualität
latency-hint = So weit liegt das Bild zurück. Hier wählst du die Verbindung
connection = Verbindung
way-auto = Automatisch
way-auto-hint = Die schnellste, die geht
way-whep = Live (WebRTC)
way-whep-hint = Weniger als eine Sekunde zurück
way-whep-short = WebRTC
way-hls = LL-HLS
way-hls-hint = Ein paar Sekunden zurück, dafür ruhiger
way-hls-short = LL-HLS
quality = Qualität
quality-auto = Automatisch
state-offline = { $name } ist nicht live
state-offline-next = Sobald die Sendung beginnt, startet hier von selbst das Bild.
state-ended = Die Sendung ist vorbei
state-ended-next = Wenn { $name } wieder da ist, startet hier von selbst das Bild.
state-connecting = Verbinde …
state-stalled = Warten auf das Bild
state-stalled-next = Es geht von selbst weiter.
state-awaiting = Die Sendung ist abgerissen
state-awaiting-next = { $name } ist für einen Moment weg. Das Bild geht hier von selbst weiter.
state-reconnecting = Verbinde neu
state-reconnecting-next = Die Verbindung ist weg; Versuch { $attempt }.

# Gefolgt und Suche
following-none = Folge jemandem
following-none-next = Hier stehen die Kanäle, denen du folgst, zuerst die, die live sind. Drücke Folgen unter einer Sendung, die dir gefällt.
see-live = Sehen, was läuft
not-live = Nicht live
search-what = Suche nach Name, Titel, Kategorie oder Schlagwort.
search-none = Nichts gefunden für „{ $words }“
search-none-next = Versuche weniger Buchstaben oder ein anderes Wort.

# Anmelden, Registrieren
login-field = Handle oder E-Mail
password = Passwort
password-show = Passwort zeigen
password-hide = Passwort verbergen
password-hint = Mindestens 8 Zeichen.
logging-in = Meldet an …
no-account = Neu hier?
sign-up-why = Um Kanälen zu folgen und selbst live zu gehen.
signing-up = Registriert …
have-account = Schon registriert?
handle = Handle
handle-hint = Dein Name in jeder Adresse: Buchstaben, Ziffern und Unterstriche, 3 bis 25.
handle-address = Dein Kanal: { $address }
handle-characters = Nur Buchstaben a bis z, Ziffern und Unterstriche; kein Unterstrich am Anfang.
handle-reserved = Den braucht Klieg selbst. Wähle einen anderen.
email = E-Mail

# Studio
your-channel = Dein Kanal
open-in-studio = In Klieg Studio öffnen
open-in-studio-why = Meldet Klieg Studio auf diesem Computer bei deinem Kanal an
open-in-studio-next = Wenn sich nichts öffnet, ist Klieg Studio auf diesem Computer nicht installiert.
on-air = Du bist auf Sendung
off-air = Du bist nicht auf Sendung
off-air-next = Starte deinen Encoder mit Schlüssel und Adresse von dieser Seite. Wie die Sendung ankommt, steht nach Sekunden hier.
dropped = Deine Sendung ist abgerissen
dropped-next = Deine Zuschauer warten mit uns auf deinen Encoder. Starte ihn mit demselben Schlüssel, und die Sendung geht weiter.
health-good = Alles in Ordnung: Die Sendung kommt gleichmäßig an.
picture = Bild
sound = Ton
bitrate = Bitrate
frame-rate = Bildrate
per-second = fps
keyframe-every = Keyframe alle
lost = Verloren
stream-key = Stream-Schlüssel
stream-key-why = Wer einen Schlüssel hat, kann auf deinem Kanal senden. Behalte ihn für dich.
key-once = Kopiere den Schlüssel jetzt: Er wird nie wieder gezeigt.
copy-key = Schlüssel kopieren
make-key = Schlüssel anlegen
key-used = Zuletzt benutzt { $ago }
key-unused = Noch nicht benutzt
key-revoke = Schlüssel löschen
key-revoke-name = Schlüssel mit der Endung { $hint } löschen
key-revoke-what = Den Schlüssel mit der Endung { $hint } löschen? Eine Sendung damit endet sofort.
key-keep = Behalten
copy = Kopieren
copied = Kopiert
copy-failed = Der Browser lässt diese Seite nicht kopieren. Markiere den Text und kopiere ihn selbst.
your-key = DEIN_SCHLUESSEL
recipes = So sendest du
recipes-why = Jeder Encoder, der RTMP oder WHIP spricht, geht.
recipe-obs = OBS
recipe-whip = WHIP
server = Server
bearer = Bearer-Token
obs-1 = Öffne in OBS die Einstellungen, dann Stream, und wähle die Plattform „Benutzerdefiniert …“.
obs-2 = Fülle die beiden Felder unten aus. Stelle unter Ausgabe das Keyframe-Intervall auf 2 s.
obs-3 = Drücke Stream starten.
obs-whip = Für die kleinste Verzögerung wähle stattdessen WHIP, mit { $server } als Server und dem Schlüssel als Bearer-Token.
ffmpeg-why = Sendet eine Datei, als wäre sie live. Ersetze die Eingabe durch Kamera oder Bildschirm.
ffmpeg-file = Im Terminal
whip-why = WebRTC auf dem ganzen Weg: die kleinste Verzögerung, die es gibt.
whip-curl = Jeder andere Encoder: ein SDP-Angebot per POST
show = Deine Sendung
show-why = Was Zuschauer sehen, bevor sie starten. Änderungen gelten sofort, auch während du live bist.
show-title = Titel
show-title-example = Was in dieser Sendung passiert
category = Kategorie
language = Sprache
language-hint = Als Kürzel, zum Beispiel de oder en.
tags = Schlagwörter
tags-hint = Bis zu 10, mit Kommas dazwischen.
visibility = Wer zusehen kann
visibility-public = Alle
visibility-public-hint = Steht auf der Startseite und in der Suche.
visibility-unlisted = Mit Link
visibility-unlisted-hint = Steht nirgends; wer die Adresse kennt, kann zusehen.
visibility-private = Nur du
visibility-private-hint = Sonst kann niemand zusehen. Gut für eine Probe.
mature-check = Für Erwachsene
mature-hint = Kennzeichnet die Sendung mit 18+.
announce-check = Follower benachrichtigen
announce-hint = Wer dir folgt, erfährt, wenn du live gehst: einmal pro Sendung, und nicht noch einmal von einer, die bald darauf folgt. Von einer Sendung, die nur du sehen kannst, erfährt niemand.

# Einstellungen
display-name = Name
display-name-hint = Steht statt deines Handles.
about = Über dich
about-hint = Was man auf deinem Kanal erwarten kann.
emotes = Emotes
emotes-why = Kleine Bilder für deinen Chat: Wer einen Namen zwischen Doppelpunkte schreibt, zeigt das Bild.
emotes-none = Noch keine. Füge ein Bild hinzu, und es kann sofort in deinem Chat geschrieben werden.
emotes-count = { $count ->
    [one] { $shown } Emote
   *[other] { $shown } Emotes
  }
emotes-choose = Bilder auswählen oder hier ablegen
emotes-limits = PNG, GIF, WebP oder JPEG, höchstens 512 KiB und 1.024 Pixel je Seite. Bewegte höchstens 60 Bilder und 10 Sekunden lang.
emotes-full = Dein Kanal hat 100 Emotes, mehr geht nicht. Lösche eines, um ein anderes hinzuzufügen.
emote-name = Name
emote-name-hint = Wird im Chat { $written } geschrieben. 2 bis 24 Buchstaben, Ziffern und Unterstriche.
emote-add = Emote hinzufügen
emote-adding = Fügt hinzu …
emote-leave = Weglassen
emote-added = { $written } kann jetzt geschrieben werden.
emote-too-large = Diese Datei hat mehr als 512 KiB. Mach sie kleiner und wähle sie noch einmal aus.
emote-wrong-kind = Das ist kein PNG, GIF, WebP oder JPEG. Speichere es als eines davon und wähle es noch einmal aus.
emote-animated = Bewegt sich
emote-delete = Emote löschen
emote-delete-name = Das Emote { $written } löschen
emote-delete-what = { $written } löschen? Wo es geschrieben wurde, steht wieder sein Name.
emote-keep = Behalten
email-why = Zum Anmelden und für Wichtiges zu deinem Konto. Sonst sieht sie niemand.
change-email = E-Mail ändern
email-password-why = Damit sicher ist, dass du es bist.
password-why = Mit der Änderung wirst du überall sonst abgemeldet.
password-current = Bisheriges Passwort
password-new = Neues Passwort
change-password = Passwort ändern
tokens = API-Tokens
tokens-why = Für Bots und Integrationen. Ein Token handelt in deinem Namen, soweit du es ihm erlaubst, und bleibt, wenn du dich abmeldest oder dein Passwort änderst.
tokens-none = Noch keine. Lege für jeden Bot ein eigenes an, damit du es einzeln zurücknehmen kannst.
token-once = Kopiere das Token jetzt: Es wird nie wieder gezeigt.
copy-token = Token kopieren
token-new = Neues Token
token-name = Name
token-name-hint = Wofür es ist, zum Beispiel „Begrüßungsbot“.
token-end = Läuft ab
token-days = { $count ->
    [one] In einem Tag
   *[other] In { $shown } Tagen
  }
token-never = Nie
token-scopes = Was es darf
scope-room-read = Räume als du betreten, auch die, die nur du betreten darfst, und dort lesen, was du lesen darfst.
scope-room-write = Schreiben, reagieren, abstimmen, fragen, deine Punkte ausgeben, melden und eigene Nachrichten löschen. Braucht room:read, um einzutreten.
scope-room-moderate = Tun, was du als Moderator und in deinem eigenen Raum tust: ausschließen, anheften, den Raum fragen, Regeln ändern. Braucht room:read, um einzutreten.
scope-channel-read = Dein Profil ohne die E-Mail-Adresse lesen, deinen Kanal und wie deine Sendung ankommt.
scope-channel-write = Deinen Kanal ändern, etwa den Titel und die Emotes, und Momente deiner Sendung markieren.
token-password-why = Ein Token gilt weiter, wenn du dich abmeldest; darum braucht es dein Passwort.
token-make = Token anlegen
token-making = Legt an …
token-cancel = Abbrechen
token-expires = Läuft am { $date } ab
token-expired = Abgelaufen am { $date }
token-stays = Läuft nie ab
token-revoke = Token löschen
token-revoke-name = Das Token { $name } löschen
token-revoke-what = Das Token { $name } löschen? Was es benutzt, wird sofort getrennt.
privacy = In Chats
listed-check = Meinen Namen in der Liste zeigen, wer hier ist
listed-why = Ohne das wirst du weiter gezählt, und wem der Chat gehört und wer ihn moderiert, sieht, dass du da bist. Was du schreibst, trägt deinen Namen.
appearance = Aussehen
theme = Farben
theme-system = Wie das System
theme-dark = Dunkel
theme-light = Hell
log-out = Abmelden
log-out-why = Nur auf diesem Gerät.

# Chat
chat = Chat
chat-log-in = Anmelden, um mitzureden
chat-messages = Nachrichten
chat-present = { $count ->
    [one] { $shown } Person ist hier
   *[other] { $shown } Personen sind hier
  }
chat-here = Wer hier ist
chat-here-guests = { $count ->
    [one] { $shown } Gast, nicht angemeldet
   *[other] { $shown } Gäste, nicht angemeldet
  }
chat-here-unlisted = { $count ->
    [one] { $shown } weitere Person, nicht aufgeführt
   *[other] { $shown } weitere Personen, nicht aufgeführt
  }
chat-here-nobody = Niemand hier ist angemeldet.
chat-here-more = Weitere Personen
chat-here-refused = Wer hier ist, konnte nicht geladen werden.
chat-settings = Einstellungen des Chats
chat-size = Schriftgröße
chat-small = Klein
chat-usual = Normal
chat-large = Groß
chat-times = Uhrzeiten zeigen
chat-readable = Leichter lesbar
chat-readable-why = Mehr Raum zwischen Buchstaben und Zeilen, Namen ohne Farben.
chat-everything = Alles zeigen
chat-everything-why = Auch wenn mehr gesagt wird, als man lesen kann.
chat-sampled = Es wird mehr gesagt, als man lesen kann: Das ist ein Teil davon.
chat-sampled-all = Alles zeigen
chat-still = Animationen aus
chat-still-why = Emotes stehen still.
chat-in-step = Im Takt mit dem Bild
chat-in-step-why = Ist dein Bild einige Sekunden zurück, ist es der Chat auch: Niemand verrät dir das Tor, bevor du es siehst.
chat-rules = Regeln dieses Raums
chat-on = An
chat-off = Aus
chat-seconds = { $count ->
    [one] { $shown } Sekunde
   *[other] { $shown } Sekunden
  }
chat-slow = Langsamer Modus
chat-who = Wer schreiben darf
chat-everybody = Alle
chat-followers = Follower
chat-followers-for = { $count ->
    [one] Follower seit einer Minute
   *[other] Follower seit { $shown } Minuten
  }
chat-delay = Verzögerung für Zuschauer
chat-delay-why = Moderatoren sehen Nachrichten um so viel früher.
chat-subscribers-only = Nur Abonnenten
chat-subscribers-only-why = Abonnements kommen mit den Bezahlungen, die es noch nicht gibt: Bis dahin könnten nur Moderatoren schreiben und wem der Kanal gehört.
chat-emotes-only = Nur Emoji und Emotes
chat-unique = Nichts doppelt
chat-hold-links = Links erst prüfen
chat-previews = Zeigen, wohin Links führen
chat-previews-why = Der Server schlägt die Seite nach und zeigt ihren Titel. Links von Fremden bleiben, wie sie sind.
chat-hold-noise = Lärm erst prüfen
chat-hold-noise-why = Geschrei, lang gezogene Buchstaben, Wände aus Emoji.
chat-shield = Schild
chat-shield-why = 15 Minuten lang schreibt nur, wen der Raum schon kannte.
chat-auto-shield = Schild von selbst heben
chat-auto-shield-why = Wenn mehrere Fremde dasselbe sagen.
chat-shielded = Der Schild ist bis { $time } oben. Neue können mitlesen.
chat-shield-lower = Senken
chat-filters = Filter
chat-filter = Wort oder Muster
chat-filter-add = Hinzufügen
chat-filter-does = Was er tut
chat-filter-hold = Erst prüfen
chat-filter-refuse = Ablehnen
chat-filter-hint = Wird auch verkleidet gefunden. Mit * am Ende für alles, was so beginnt; /…/ um einen regulären Ausdruck. Zuschauer sehen diese Liste nicht.
chat-filter-remove = „{ $pattern }“ entfernen
chat-close = Schließen
chat-looking = Wird nachgesehen …
chat-look-again = Noch einmal
chat-since = Hier seit { $date }
chat-follows-since = Folgt seit { $date }
chat-follows-not = Folgt nicht
chat-wrote = { $count ->
    [one] { $shown } Nachricht hier
   *[other] { $shown } Nachrichten hier
  }
chat-silenced-until = Stumm bis { $time }
chat-is-banned = Ausgeschlossen
chat-forgive = { $name } wieder schreiben lassen
chat-appoint = { $name } zum Moderator machen
chat-dismiss = Nicht mehr Moderator
chat-written = Geschrieben
chat-written-none = Noch nichts.
chat-written-more = Frühere Nachrichten
chat-written-held = Wartet
chat-written-discarded = Verworfen
chat-written-deleted = Gelöscht
chat-written-delete = „{ $text }“ löschen
chat-mention = { $name } erwähnen
chat-ignore = { $name } ignorieren
chat-ignore-why = Du siehst nicht, was hier gesagt wird. Es erfährt niemand davon.
chat-heed = { $name } wieder zeigen
chat-ignored = Was diese Leute sagen, siehst du nicht:
chat-notes = Notizen für Moderatoren
chat-note = Neue Notiz
chat-note-remove = Notiz entfernen
chat-report = { $name } melden
chat-report-why = Was ist los?
chat-report-send = Melden
chat-reported = Die Moderatoren sehen es sich an.
chat-reported-owner = Es geht an die Betreiber dieser Seite und nicht an den Kanal.
chat-acts = Was geschah
chat-desk = Moderation
chat-appeals = Einsprüche
chat-appeals-none = Niemand erhebt Einspruch.
chat-appeal-answer = Antwort, wenn du magst
chat-appeal-accept = Wieder zulassen
chat-appeal-reject = Dabei bleiben
chat-reports = Meldungen
chat-reports-none = Nichts ist gemeldet.
chat-report-resolve = Erledigt
chat-moderators = Moderatoren
chat-moderators-none = Niemand außer der Person, der der Kanal gehört.
chat-moderator-name = Handle eines neuen Moderators
chat-moderator-add = Ernennen
chat-rights-why = Jeder Moderator löscht, heftet an und prüft Nachrichten. Was er sonst darf, bestimmst du.
chat-rights-of = Was { $name } darf
chat-rights-none = Löscht, heftet an und prüft Nachrichten
chat-right-people = Leute stumm schalten und ausschließen
chat-right-rules = Regeln dieses Raums ändern
chat-right-events = Umfragen, Vorhersagen und Raids
chat-dismiss-one = { $name } entlassen
chat-silenced = Stumm geschaltet und gesperrt
chat-unwritten = Gilt schon. Es wird noch aufgeschrieben.
chat-silenced-none = Alle dürfen schreiben.
chat-silenced-more = Mehr
chat-log = Protokoll
chat-log-none = Noch geschah nichts.
chat-log-more = Älteres
chat-you-silenced = Ein Moderator hat dich bis { $time } stumm geschaltet. Lesen kannst du weiter.
chat-you-silenced-why = Der Grund: { $reason }
chat-appeal-text = Warum solltest du wieder zugelassen werden?
chat-appeal-send = Einspruch erheben
chat-appeal-sent = Du hast Einspruch erhoben. Ein Moderator entscheidet.
chat-appeal-accepted = Deinem Einspruch wurde stattgegeben: du darfst wieder schreiben.
chat-appeal-rejected = Dein Einspruch wurde abgelehnt.
chat-held-filter = Vom Filter „{ $pattern }“ gefangen
chat-held-link = Enthält einen Link
chat-held-noise = Ist laut
chat-held-delay = Erscheint gleich
chat-act-token = (mit dem API-Token „{ $token }“)
chat-act-ban = schloss aus:
chat-act-time-out = schaltete stumm:
chat-act-unban = ließ wieder zu:
chat-act-delete = löschte eine Nachricht von
chat-act-approve = zeigte eine Nachricht von
chat-act-discard = verwarf eine Nachricht von
chat-act-announce = kündigte etwas an
chat-act-pin = heftete eine Nachricht an
chat-act-unpin = löste die Angeheftete
chat-act-start-poll = begann eine Umfrage
chat-act-end-poll = beendete eine Umfrage
chat-act-settings = änderte die Regeln
chat-act-add-filter = fügte einen Filter hinzu
chat-act-remove-filter = entfernte einen Filter
chat-act-appoint = ernannte
chat-act-dismiss = entließ
chat-act-remove-note = entfernte eine Notiz über
chat-act-delete-all = löschte, was gesagt hatte:
chat-act-discard-held = verwarf, was wartete
chat-act-discard-all = verwarf, was wartete, von
chat-removed = { $count ->
    [one] Die Nachricht zeigen
   *[other] Die { $shown } Nachrichten zeigen
  }
chat-removed-more = Mehr davon
chat-act-note = schrieb eine Notiz über
chat-act-accept = gab dem Einspruch statt von
chat-act-reject = lehnte den Einspruch ab von
chat-act-resolve = erledigte eine Meldung über
chat-act-shield = Der Schild hob sich von selbst
chat-act-shield-over = Der Schild senkte sich
chat-act-other = tat etwas anderes
chat-pinned = Angeheftet
chat-unpin = Lösen
chat-held = { $count ->
    [one] { $shown } Nachricht wartet auf dich
   *[other] { $shown } Nachrichten warten auf dich
  }
chat-approve = Zeigen
chat-deny-all = Alle { $shown } verwerfen
chat-deny = Verwerfen
chat-empty = Noch hat niemand etwas gesagt. Sag Hallo.
chat-earlier = Frühere Nachrichten
chat-earlier-reading = Frühere Nachrichten werden geladen …
chat-earlier-refused = Frühere Nachrichten konnten nicht geladen werden.
chat-earlier-begun = Hier beginnt das Gespräch.
chat-earlier-full = Weiter zurück behält diese Seite nichts.
chat-newest = Zu den neuesten
chat-unseen = { $count ->
    [one] { $shown } neue Nachricht
   *[other] { $shown } neue Nachrichten
  }
chat-lost = Die Verbindung ist weg; sie wird neu aufgebaut. Was du schreibst, wird dann gesendet.
chat-logged-out = Du bist abgemeldet. Melde dich wieder an, um weiterzumachen.
chat-banned = Du bist von diesem Chat ausgeschlossen.
chat-private = Dieser Kanal ist jetzt privat. Ist er wieder offen, kommt der Chat zurück.
chat-refused = Dieser Chat steht dir nicht offen.
chat-incompatible = Diese Seite ist veraltet. Lade sie neu, um weiterzumachen.
chat-refused-offline = Keine Verbindung: das wurde nicht getan. Versuch es gleich noch einmal.
chat-refused-unanswered = Die Verbindung riss ab, bevor die Antwort kam. Sieh nach, ob es getan wurde.
chat-refused-too-many-waiting = Zu viel von dir wartet darauf, gesendet zu werden. Warte darauf und sende dann dies.
chat-refused-unauthenticated = Melde dich an, um mitzumachen.
chat-refused-forbidden = Das dürfen nur Moderatoren und wem der Kanal gehört.
chat-refused-creator-only = Das darf nur, wem der Kanal gehört.
chat-refused-rights = Dieses Recht hast du hier nicht bekommen.
chat-refused-over-creator = Das geht nicht bei der Person, der der Kanal gehört, und bei Moderatoren nur durch sie.
chat-refused-appoints = Moderatoren ernennt nur, wem der Kanal gehört.
chat-refused-not-yours = Das dürfen nur Moderatoren und wer es geschrieben hat.
chat-refused-own-question = Das ist deine eigene Frage.
chat-refused-has-stake = Du hast selbst gesetzt: Jemand anderes muss es entscheiden.
chat-refused-yourself = Das bist du selbst.
chat-refused-not-found = Das gibt es hier nicht oder nicht mehr.
chat-refused-no-account = Hier heißt niemand so.
chat-refused-said-just-now = Das hast du gerade eben gesagt. Sag etwas anderes.
chat-refused-said-already = Das wurde vor Kurzem schon gesagt. Sag etwas Neues.
chat-refused-filtered = Die Moderatoren möchten das hier nicht lesen. Sag es anders.
chat-refused-would-wait = Das müsste sich erst ein Moderator ansehen. Sag es anders.
chat-refused-shielded = Der Raum ist für neue Leute eine Weile geschlossen. Mitlesen kannst du weiterhin.
chat-refused-silenced = Ein Moderator hat dich stumm geschaltet.
chat-refused-silenced-for = { $count ->
    [one] Ein Moderator hat dich stumm geschaltet; in { $shown } Sekunde darfst du wieder schreiben.
   *[other] Ein Moderator hat dich stumm geschaltet; in { $shown } Sekunden darfst du wieder schreiben.
  }
chat-refused-banned = Du bist aus diesem Raum gesperrt.
chat-refused-followers-only = Folge dem Kanal, um hier zu schreiben.
chat-refused-followers-for = { $count ->
    [one] Du darfst schreiben, wenn du dem Kanal { $shown } Minute lang folgst.
   *[other] Du darfst schreiben, wenn du dem Kanal { $shown } Minuten lang folgst.
  }
chat-refused-subscribers-only = Gerade dürfen nur Abonnenten schreiben.
chat-refused-emotes-only = Gerade dürfen nur Emoji und die Emotes dieses Kanals geschrieben werden.
chat-refused-too-many-requests = { $count ->
    [one] Warte { $shown } Sekunde und versuch es noch einmal.
   *[other] Warte { $shown } Sekunden und versuch es noch einmal.
  }
chat-refused-room-full = Hier wird so viel gesagt, dass nicht alles angenommen werden kann. Versuch es gleich noch einmal.
chat-refused-held-full = Zu viele Nachrichten warten auf einen Moderator. Versuch es später noch einmal.
chat-refused-held-own = { $count ->
    [one] { $shown } Nachricht von dir wartet auf einen Moderator. Warte, bis sie angesehen ist, oder nimm sie zurück.
   *[other] { $shown } Nachrichten von dir warten auf einen Moderator. Warte, bis eine angesehen ist, oder nimm eine zurück.
  }
chat-refused-unavailable = Der Server ist beschäftigt. Versuch es gleich noch einmal.
chat-refused-unwritten = Das gilt, konnte aber noch nicht aufgeschrieben werden. Der Server versucht es weiter.
chat-refused-questions-own = { $count ->
    [one] Du hast { $shown } offene Frage. Warte, bis sie beantwortet ist, oder nimm sie zurück.
   *[other] Du hast { $shown } offene Fragen. Warte, bis eine beantwortet ist, oder nimm eine zurück.
  }
chat-refused-questions-full = Es sind so viele Fragen offen, wie es sein dürfen. Stimm für eine davon.
chat-refused-no-questions = Gerade werden keine Fragen angenommen.
chat-refused-questions-delayed = Solange Gesagtes später gezeigt wird, werden keine Fragen angenommen.
chat-refused-notes-full = { $count ->
    [one] Es gibt { $shown } Notiz. Lösch sie zuerst.
   *[other] Es gibt { $shown } Notizen. Lösch zuerst einige.
  }
chat-refused-reports-many = Die Moderatoren haben schon viele Meldungen von dir. Warte, bis sie sie angesehen haben.
chat-refused-rewards-full = { $count ->
    [one] Ein Kanal hat höchstens { $shown } Belohnung.
   *[other] Ein Kanal hat höchstens { $shown } Belohnungen.
  }
chat-refused-rewards-wait = Zu viele Belohnungen warten darauf, eingelöst zu werden. Versuch es später noch einmal.
chat-refused-reward-changed = { $count ->
    [one] Das kostet jetzt { $shown } Punkt.
   *[other] Das kostet jetzt { $shown } Punkte.
  }
chat-refused-reward-paused = Diese Belohnung kann gerade nicht eingelöst werden.
chat-refused-not-enough-points = { $count ->
    [one] Du hast { $shown } Punkt.
   *[other] Du hast { $shown } Punkte.
  }
chat-refused-too-many-reactions = Nimm eines der Emoji, die schon da sind.
chat-refused-one-emoji = Schick ein einzelnes Emoji.
chat-refused-poll-is-on = Beende die laufende Umfrage oder warte auf ihr Ende.
chat-refused-poll-ended = Diese Umfrage ist vorbei.
chat-refused-prediction-is-on = Entscheide die laufende Vorhersage oder brich sie ab.
chat-refused-prediction-locked = Zum Setzen ist es zu spät.
chat-refused-prediction-over = Diese Vorhersage ist entschieden.
chat-refused-stake-moved = Du hast auf etwas anderes gesetzt; ein Einsatz kann erhöht, aber nicht verschoben werden.
chat-refused-stake-lowered = Setz mindestens { $shown }: Ein Einsatz kann erhöht, aber nicht gesenkt werden.
chat-refused-own-channel = Im eigenen Kanal hat man keine Punkte.
chat-refused-raid-self = Ein Kanal kann sich nicht selbst besuchen.
chat-refused-raid-is-on = Brich zuerst den laufenden Raid ab.
chat-refused-raids-refused = Dieser Kanal nimmt deinen Raid nicht an.
chat-refused-not-live = Ein Raid geht nur zu einem Kanal, der live ist.
chat-refused-raid-go-live = Geh zuerst live: Ein Raid nimmt mit, wer zusieht.
chat-refused-not-silenced = Du darfst hier schreiben.
chat-refused-appealed-already = Du hast Einspruch erhoben. Ein Moderator entscheidet.
chat-refused-banned-already = Diese Person ist gesperrt. Heb zuerst die Sperre auf.
chat-refused-silenced-anew = Seit dem Einspruch wurde diese Person erneut stumm geschaltet oder gesperrt: Lass sie in der Liste der Stummen und Gesperrten wieder schreiben, oder lehn den Einspruch ab.
chat-refused-empty = Schreib etwas.
chat-refused-too-long = Nimm höchstens { $shown } Zeichen.
chat-refused-marks = Nimm weniger Zeichen über den Buchstaben und weniger Emoji.
chat-refused-range = Nimm { $shown } bis { $most }.
chat-refused-filters-full = Ein Raum hat höchstens { $shown } Filter dieser Art.
chat-refused-catches-all = Das würde jede Nachricht treffen.
chat-refused-no-pattern = Schreib ein Wort, mehrere Wörter, ein Wort mit * davor oder danach oder /einen regulären Ausdruck/.
chat-announcement = Ankündigung
chat-deleted = gelöscht
chat-creator = Wem die Show gehört
chat-moderator = Moderator
chat-bot = Bot
chat-bot-why = Das hat ein Programm geschrieben
chat-subscriber = Abonnent
chat-reaction = { $emoji }, { $shown }-mal; deines dazugeben
chat-reply = Antworten
chat-react = Reagieren
chat-more = Mehr
chat-delete = Löschen
chat-pin = Anheften
chat-time-out = { $name } stumm schalten
chat-ban = { $name } ausschließen
chat-time-out-does = { $name } kann hier so lange nicht schreiben. Zuletzt Gesagtes wird endgültig gelöscht.
chat-ban-does = { $name } wird von diesem Chat ausgeschlossen. Zuletzt Gesagtes wird endgültig gelöscht.
chat-span = Wie lange
chat-span-minute = 1 min
chat-span-minutes = 10 min
chat-span-hour = 1 h
chat-span-day = 1 Tag
chat-span-own = Andere
chat-span-minutes-own = Minuten
chat-judgement-why = Der Grund, wenn du magst: er wird mitgeteilt
chat-judgement-not = Jetzt nicht
chat-is-held = Ein Moderator sieht sie an, bevor sie gezeigt wird.
chat-again = Noch einmal senden
chat-edit = Ändern
chat-withdraw = Zurücknehmen
chat-is-discarded = Das wird nicht gezeigt: Es wurde entfernt.
chat-understood = In Ordnung
chat-say = Sag etwas
chat-say-slowly = { $count ->
    [one] Sag etwas, einmal in der Sekunde
   *[other] Sag etwas, einmal in { $shown } Sekunden
  }
chat-say-in-thread = Sag etwas in diesem Thread
chat-say-emoji = Sag es in Emoji
chat-send = Senden
chat-cheer = Jubeln
chat-cheer-heart = Ein Herz senden
chat-cheer-clap = Klatschen
chat-cheer-laugh = Lachen
chat-emoji = Emoji
chat-emoji-often = Oft gebraucht
chat-emoji-smileys = Smileys
chat-emoji-people = Menschen und Gesten
chat-emoji-nature = Tiere und Natur
chat-emoji-food = Essen und Trinken
chat-emoji-activities = Aktivitäten
chat-emoji-travel = Reisen und Orte
chat-emoji-objects = Dinge
chat-emoji-symbols = Zeichen
chat-emotes = Emotes dieses Kanals
chat-emotes-search = Emotes und Emoji suchen
chat-emotes-none = Nichts heißt „{ $name }“.
chat-answering = Antwort an { $name }
chat-answer-none = Nicht antworten
chat-left = { $count ->
    [one] noch { $shown } Zeichen
   *[other] noch { $shown } Zeichen
  }
chat-left-over = { $count ->
    [one] { $shown } Zeichen zu viel
   *[other] { $shown } Zeichen zu viel
  }
chat-commands = Befehle
chat-people-offered = Wer hier geschrieben hat
chat-offered = { $count ->
    [one] { $shown } Vorschlag
   *[other] { $shown } Vorschläge
  }
chat-no-command = Diesen Befehl gibt es nicht. Mit zwei Schrägstrichen davor wird es trotzdem gesagt.
chat-usage = So geht es: { $usage }
chat-poll = Umfrage
chat-poll-new = Den Raum fragen
chat-poll-question = Frage
chat-poll-option = Antwort { $number }
chat-poll-time = Zeit zum Abstimmen
chat-poll-ask = Umfrage beginnen
chat-poll-left = noch { $left }
chat-poll-over = Vorbei
chat-poll-end = Jetzt beenden
chat-poll-away = Weglegen
chat-votes = { $count ->
    [one] { $shown } Stimme
   *[other] { $shown } Stimmen
  }
chat-minutes = { $count ->
    [one] { $shown } Minute
   *[other] { $shown } Minuten
  }
chat-cancel = Abbrechen
chat-sure = Sicher?
chat-reward-for = { $count ->
    [one] Für { $shown } Punkt
   *[other] Für { $shown } Punkte
  }
chat-goal = Ziel
chat-goal-followers = Zu erreichende Follower
chat-goal-set = Ziel setzen
chat-goal-remove = Wegnehmen
chat-thread = Thread
chat-thread-show = Thread zeigen
chat-thread-leave = Wieder alles
chat-raid = Alle gehen zu { $name }:
chat-raid-stay = Hier bleiben
chat-raid-staying = Du bleibst
chat-raid-cancel = Absagen
chat-raided = { $count ->
    [one] { $name } kommt mit { $shown } Zuschauer. Sag Hallo.
   *[other] { $name } kommt mit { $shown } Zuschauern. Sag Hallo.
  }
chat-shout-out = Einen Besuch wert: { $name }
chat-shout-out-live = Jetzt live und einen Besuch wert: { $name }
chat-visit = Besuchen
chat-refuses-raids = Keine Raids annehmen
chat-act-raid = schickte alle zu
chat-act-cancel-raid = sagte den Raid ab
chat-act-shout-out = empfahl
chat-number = { $shown }
chat-points = { $count ->
    [one] { $shown } Punkt
   *[other] { $shown } Punkte
  }
chat-points-why = { $count ->
    [one] Für je fünf Minuten, die du die Live-Show siehst, bekommst du { $shown } Punkt.
   *[other] Für je fünf Minuten, die du die Live-Show siehst, bekommst du { $shown } Punkte.
  }
chat-prediction = Vorhersage
chat-prediction-why = Alle setzen Punkte darauf, was eintreten wird. Dann sagst du, was eintrat, und wer recht hatte, teilt sich alles.
chat-prediction-ask = Vorhersage beginnen
chat-prediction-locked = Keine Einsätze mehr; der Ausgang wird erwartet
chat-prediction-mine = dein Einsatz: { $shown }
chat-prediction-people = { $count ->
    [one] { $shown } Person
   *[other] { $shown } Personen
  }
chat-prediction-true = „{ $outcome }“ ist eingetreten
chat-prediction-sure = { $count ->
    [one] Sicher? { $shown } Punkt wird verteilt
   *[other] Sicher? { $shown } Punkte werden verteilt
  }
chat-prediction-lock = Keine Einsätze mehr
chat-prediction-cancel = Abbrechen und zurückgeben
chat-prediction-cancelled = Abgebrochen: Alle haben ihre Punkte zurück.
chat-prediction-won = { $count ->
    [one] Du hattest recht: { $shown } Punkt für dich.
   *[other] Du hattest recht: { $shown } Punkte für dich.
  }
chat-prediction-lost = Diesmal nicht: Dein Einsatz ist weg.
chat-stake = Punkte, die du setzt
chat-stake-do = Setzen
chat-stake-all = Alle: { $shown }
chat-poll-kind = Was es ist
chat-rewards = Belohnungen
chat-rewards-why = Was Zuschauer für Punkte bekommen, die sie beim Zusehen sammeln.
chat-rewards-none = Hier gibt es noch nichts einzulösen. Punkte kannst du auch auf Vorhersagen setzen.
chat-reward-new = Neue Belohnung
chat-reward-title = Titel
chat-reward-cost = Punkte
chat-reward-asks = Zuschauer müssen etwas schreiben
chat-reward-waits = Wartet, bis du sie erfüllt hast
chat-reward-waits-why = Du kannst die Punkte zurückgeben.
chat-reward-pause = Pausiert
chat-reward-paused = pausiert
chat-reward-save = Speichern
chat-reward-edit = „{ $title }“ ändern
chat-reward-remove = „{ $title }“ entfernen
chat-reward-text = Was dazu gesagt wird
chat-reward-redeem = Einlösen
chat-redeemed = Eingelöst: { $title }
chat-redemptions = { $count ->
    [one] { $shown } Belohnung wartet auf dich
   *[other] { $shown } Belohnungen warten auf dich
  }
chat-redemption-done = Erledigt
chat-redemption-back = Punkte zurückgeben
chat-questions = Fragen
chat-questions-open = { $count ->
    [one] { $shown } Frage
   *[other] { $shown } Fragen
  }
chat-questions-take = Fragen annehmen
chat-questions-none = Keine Frage ist offen.
chat-question = Stell eine Frage
chat-question-ask = Fragen
chat-question-vote = Das will ich auch wissen
chat-question-votes = { $count ->
    [one] { $shown } Person will es auch wissen
   *[other] { $shown } Personen wollen es auch wissen
  }
chat-question-answered = Beantwortet
chat-question-dismiss = Weglegen
chat-question-back = Zurücknehmen
chat-act-start-prediction = begann eine Vorhersage
chat-act-lock-prediction = beendete die Einsätze
chat-act-resolve-prediction = entschied eine Vorhersage
chat-act-cancel-prediction = brach eine Vorhersage ab
chat-act-save-reward = änderte eine Belohnung
chat-act-remove-reward = entfernte eine Belohnung
chat-act-fulfil = erfüllte eine Belohnung von
chat-act-refund = gab die Punkte zurück an
chat-act-answer-question = beantwortete eine Frage von
chat-act-dismiss-question = legte eine Frage weg von
