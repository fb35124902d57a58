# Ce que dit Bivouac en français. Chaque clé est aussi dans en.ftl, avec les mêmes places ; des tests y veillent.

## Time

today-at = Aujourd’hui à { $time }
yesterday-at = Hier à { $time }
tomorrow-at = Demain à { $time }
date-at = { $date } { $time }
date-short = { $day }/{ $month }/{ $year }
date-long = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }
just-now = à l’instant
seconds-ahead = { $count ->
    [one] dans { $count } seconde
   *[other] dans { $count } secondes
}
seconds-ago = { $count ->
    [one] il y a { $count } seconde
   *[other] il y a { $count } secondes
}
minutes-ahead = { $count ->
    [one] dans { $count } minute
   *[other] dans { $count } minutes
}
minutes-ago = { $count ->
    [one] il y a { $count } minute
   *[other] il y a { $count } minutes
}
hours-ahead = { $count ->
    [one] dans { $count } heure
   *[other] dans { $count } heures
}
hours-ago = { $count ->
    [one] il y a { $count } heure
   *[other] il y a { $count } heures
}
days-ahead = { $count ->
    [one] dans { $count } jour
   *[other] dans { $count } jours
}
days-ago = { $count ->
    [one] il y a { $count } jour
   *[other] il y a { $count } jours
}
months-ahead = dans { $count } mois
months-ago = il y a { $count } mois
years-ahead = { $count ->
    [one] dans { $count } an
   *[other] dans { $count } ans
}
years-ago = { $count ->
    [one] il y a { $count } an
   *[other] il y a { $count } ans
}
duration-seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
duration-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
duration-two = { $larger } { $smaller }

## Sizes

size-bytes = { $count ->
    [one] { $count } octet
   *[other] { $count } octets
}
size-kilobytes = { $count } ko
size-megabytes = { $count } Mo
size-gigabytes = { $count } Go
size-terabytes = { $count } To
decimal-mark = ,

## First run

welcome = Bienvenue dans Bivouac
welcome-hint = Choisis le nom que verront tes amis. Pas de compte, pas d’e-mail : tout reste sur cet appareil et ceux de tes amis.
name = Ton nom
name-example = Ana
name-long = Un nom a 64 caractères au plus.
next = Suivant
back = Retour
words-head = Tes mots de récupération
words-hint = Ces 24 mots sont le seul retour possible si tu perds cet appareil. Note-les sur papier : ils ne s’affichent que cette fois.
words-written = Je les ai notés
words-copied = Copié. Le presse-papiers sera vidé dans une minute.
copy = Copier
words-check = Deux mots, pour être sûr
words-check-hint = Recopie les mots qui portent ces numéros sur ta feuille.
word-number = Mot n° { $number }
words-wrong = Cela ne correspond pas aux mots affichés. Vérifie ta feuille, ou reviens en arrière pour les revoir.
begin = Par où commencer ?
later = Explorer d’abord
create-guild = Créer une guilde
create-guild-hint = Un lieu pour toi et tes amis. Tu pourras ensuite les inviter.
have-invite = J’ai une invitation
have-invite-hint = Colle le lien qu’un ami t’a envoyé.
add-guild = Ajouter une guilde
guild-name = Nom de la guilde
guild-name-example = Jeux du vendredi
invite-link = Lien d’invitation
invite-link-example = bivouac://join/…
create = Créer
join = Rejoindre
join-hint = Colle l’invitation ici. Quelqu’un de la guilde doit être en ligne, sur ce réseau ou sur internet, pour t’ouvrir.
joining = Recherche d’un membre de la guilde pour t’ouvrir : jusqu’à une minute…
lock-head = Qui peut ouvrir ce dossier ?
lock-hint = Ce que tu lis et écris reste chiffré sur cet ordinateur. Choisis ce qui l’ouvre ; tu pourras changer d’avis dans les réglages.
lock-keyring = Le trousseau de cet ordinateur
lock-keyring-hint = Il s’ouvre avec ta session : rien à taper. Si le trousseau est perdu, ce dossier l’est aussi.
lock-no-keyring = Aucun trousseau utilisable ici : { $why }.
lock-looking = Recherche d’un trousseau…
lock-typed = Une phrase secrète
lock-typed-hint = Bivouac la demande à chaque démarrage. Personne ne peut la retrouver pour toi.
lock-open = Rien
lock-open-hint = Quiconque peut lire tes fichiers sur cet ordinateur peut lire tes messages.
words-leave = Tes mots de récupération ne s’affichent que cette fois. Note-les d’abord ; ferme encore une fois pour partir sans eux.

## Opening

opening = Ouverture de tes messages…
unlock-head = Verrouillé
unlock-hint = Ce dossier est protégé par une phrase secrète.
unlocking = Déverrouillage : cela prend exprès une seconde.
unlock = Déverrouiller
passphrase = Phrase secrète
broken-head = Bivouac ne peut pas démarrer
retry = Réessayer
quit = Quitter
settings-aside = Certains réglages étaient illisibles et reprennent leur valeur de départ. Le fichier entier a été mis de côté : { $path }.
broken-usual = Démarrer avec les adresses habituelles
quit-head = Tout n’est pas envoyé
quit-sending = { $count ->
    [one] Un message est encore en cours d’envoi.
   *[other] { $count } messages sont encore en cours d’envoi.
}
quit-waits = Bivouac se ferme tout seul une fois l’envoi terminé.
quit-unsent = { $count ->
    [one] Une chose que tu as écrite n’est pas envoyée. Elle sera perdue à la fermeture de Bivouac.
   *[other] { $count } choses que tu as écrites ne sont pas envoyées. Elles seront perdues à la fermeture de Bivouac.
}
quit-stay = Rester
quit-now = Quitter quand même

## Everywhere

close = Fermer
cancel = Annuler
copied = Copié
copy-id = Copier l’identifiant
copy-link = Copier le lien
copy-text = Copier le texte
copy-message-link = Copier le lien du message
delete = Supprimer
edit = Modifier
more = Plus
settings = Réglages
network = Réseau
hidden-streaming = Masqué tant que le mode streamer est actif.

## Rail and channels

switch = Trouver un salon
switch-example = Où veux-tu aller ?
switch-hint = ↑ ↓ pour choisir, Entrée pour y aller
switch-none = Aucun salon ne porte ce nom.
folder = Dossier
folder-in = Mettre dans le dossier du dessus
folder-out = Sortir du dossier
no-guild = Pas encore de guilde
no-guild-hint = Crées-en une ou rejoins-en une avec le + à gauche.
channel-not-here = Ce n’est pas un salon textuel, ou tu ne peux pas le lire.
no-channel = Aucun salon ici
no-channel-hint = Cette guilde n’a aucun salon que tu puisses lire.
channel-create = Créer un salon
channel-name = Nom du salon
channel-name-example = projets
channel-in = Il sera rangé sous { $category }.
channel-private = Salon privé
channel-private-hint = Seuls ceux que tu y fais entrer le lisent ; il a ses propres clés.
channel-history = Ce que lisent les nouveaux venus
channel-password = Mot de passe pour entrer (facultatif)
channel-password-example = Qui le connaît peut entrer
channel-forgets = Ce salon oublie
channel-delete = Supprimer le salon
channel-delete-head = Supprimer #{ $channel } ?
channel-delete-words = Tout ce qui y a été dit disparaît pour tout le monde. C’est définitif.
kind-text = Texte
kind-voice = Vocal
kind-category = Catégorie
history-whole = Tout, depuis le début
history-since-join = Seulement ce qui suit leur arrivée
history-ephemeral = Rien, et tous oublient au bout d’un jour
voice-not-yet = La voix n’existe pas encore : ce salon l’attend.
mark-read = Marquer comme lu
quiet-begin = Ne pas déranger
quiet-end = Fin du mode ne pas déranger
alone = Personne
peers = { $count ->
    [one] { $count } connecté
   *[other] { $count } connectés
}
leave = Quitter la guilde
leave-head = Quitter { $guild } ?
leave-words = Ce que tu as lu reste sur cet appareil. Il te faudra une invitation pour revenir.
rule-all = tous les messages
rule-mentions = seulement les mentions
rule-nothing = rien
rule-now = Notifications : { $rule }
rule-set-all = Me notifier de tout
rule-set-mentions = Me notifier des mentions
rule-set-nothing = Ne jamais me notifier

## Banners

banner-left = Tu n’es plus membre de cette guilde. Ce que tu avais lu reste ici.
banner-sync-law = Mise à jour des rôles et salons : { $have } sur { $want }
banner-sync-recent = Récupération des derniers messages : { $have } sur { $want }
banner-sync-history = Récupération des anciens messages : { $have } sur { $want }
banner-island = { $count ->
    [one] Tu es sur une île : l’autre membre est injoignable pour l’instant. Écris quand même : tout se rejoindra à la prochaine rencontre.
   *[other] Tu es sur une île : aucun des { $count } autres n’est joignable pour l’instant. Écris quand même : tout se rejoindra à la prochaine rencontre.
}
banner-why = Pourquoi ?

## Timeline

channel-start = Voici le début de #{ $channel }
channel-start-hint = Dis le premier mot.
thread-start = Un fil commence ici
thread-start-hint = Ce qui se dit ici reste à côté du salon.
messages-fault = Impossible d’afficher les messages
unread-line = Nouveau
jump-present = Aller au présent
jump-present-older = Tu regardes d’anciens messages
message-no-key = Ce message n’est pas encore lisible : sa clé n’est pas arrivée d’un autre membre.
edited = (modifié)
pinned = Épinglé
quote-gone = Le message a été supprimé ou est introuvable.
quote-files = Un fichier
names-and-more = { $names } et { $count ->
    [one] { $count } autre
   *[other] { $count } autres
}
notice-joined = { $who } a rejoint la guilde. Dites bonjour !
notice-guild-renamed = { $who } a renommé la guilde en { $name }
notice-renamed = { $who } a renommé le salon en { $name }
notice-topic = { $who } a changé le sujet : { $topic }
notice-pinned = { $who } a épinglé un message
notice-thread = { $who } a ouvert un fil : { $name }
react = Ajouter une réaction
reply = Répondre
pin = Épingler
unpin = Désépingler
thread = Fil
thread-open = Ouvrir le fil
message-delete-head = Supprimer ce message ?
message-delete-words = Il disparaît pour tout le monde, définitivement.
link-open = Ouvrir { $host }
link-copy = Copier l’adresse
file-save = Enregistrer
file-saved = Enregistré : { $path }
file-stop = Arrêter
file-progress = { $have } sur { $size }
picture-before = Image précédente
picture-after = Image suivante
file-part = { $have } sur { $size } sont déjà là
file-resume = Continuer
picture-coming = Récupération de l’image…
picture-missing = L’image n’est pas là
picture-broken = Cette image ne peut pas être affichée
picture-broken-hint = Ses octets ne forment pas une image que Bivouac sache dessiner. Elle peut tout de même être enregistrée.
picture-copy = Copier l’image

## Composer

write-channel = Écrire dans #{ $channel }
write-thread = Écrire dans ce fil
attach = Envoyer des fichiers
emoji = Émojis
emoji-search = Chercher un émoji
emoji-none = Aucun émoji ne porte ce nom.
editing = Modification de ton message
replying = Réponse à { $who }
characters-left = Caractères restants
message-too-long = { $count ->
    [one] Un caractère de trop : un message en a 4 000 au plus.
   *[other] { $count } caractères de trop : un message en a 4 000 au plus.
}
may-not-attach = Tu ne peux pas envoyer de fichiers ici.
edit-no-files = Un message que tu modifies ne prend pas de nouveaux fichiers. Envoie ou annule d’abord la modification.
may-not-send = Ici tu peux lire, pas écrire.
not-a-member = Tu n’es plus membre.
file-unreadable = { $path } est illisible, ou c’est un dossier.
file-leave-out = Retirer
letter-sending = Envoi en cours : { $progress }
letter-stop = Ne pas envoyer
letter-stopped = L’envoi a été arrêté.
letter-again = Renvoyer
letter-change = Modifier
letter-discard = Jeter
files-too-many = Un message porte dix fichiers au plus.
writing-one = { $who } écrit…
writing-two = { $who } et { $other } écrivent…
writing-many = Plusieurs personnes écrivent…

## Beside the page

members = Membres
members-online = En ligne
members-offline = Hors ligne
members-more = { $count } de plus
owner = Propriétaire
search = Rechercher
search-example = Des mots, ou des bouts de mots
search-here = Ce salon seulement
search-files = Avec fichiers
search-begin = Chercher dans cette guilde
search-begin-hint = Tout se cherche sur cet appareil ; personne ne sait ce que tu cherches.
search-none = Rien trouvé
search-none-hint = Essaie moins de mots, ou un bout de mot.
search-further = Chercher plus loin
pins = Messages épinglés
pins-none = Rien d’épinglé
pins-none-hint = Épingle ce qu’il faut retrouver, depuis le menu d’un message.
threads = Fils
threads-none = Aucun fil
threads-none-hint = Ouvres-en un sur n’importe quel message, pour ce qui noierait le salon.
thread-by = { $who } · { $when }
thread-archived = Archivé

## People

mention = Mentionner
roles = Rôles
member-online = En ligne
member-offline = Hors ligne
member-gone = N’est plus membre
devices = { $count ->
    [one] { $count } appareil
   *[other] { $count } appareils
}
timed-out = Réduit au silence jusqu’à { $until }
timeout = Faire taire une heure
timeout-end = Rendre la parole
timeout-head = Faire taire { $who } ?
timeout-words = Lecture seule pendant une heure.
kick = Expulser
kick-head = Expulser { $who } ?
kick-words = La personne sort de la guilde et peut revenir avec une nouvelle invitation.
ban = Bannir
ban-head = Bannir { $who } ?
ban-words = La personne sort pour de bon ; aucune invitation ne la laisse revenir tant qu’elle est bannie.
invite-people = Inviter des gens
invite-to = Inviter dans { $guild }
invite-hint = Envoie un lien à un ami. Il marche tant que quelqu’un de la guilde est en ligne.
invite-making = Création du lien…
invite-qr = Ou fais-leur viser ceci avec un appareil photo.
invite-expiry = Valable
invite-uses = Pour combien
invite-role = Donne le rôle
invite-no-role = Aucun
invite-make = Créer un lien
invite-another = Nouveau lien
uses = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}
uses-any = Sans limite
expires-30m = 30 minutes
expires-6h = 6 heures
expires-1d = 1 jour
expires-7d = 7 jours
expires-30d = 30 jours
expires-never = Toujours
## Commands

command-me = Dire ce que tu fais, en italique
command-nick = Changer ton nom dans cette guilde
command-shrug = Ajouter ¯\_(ツ)_/¯
command-spoiler = Cacher le message jusqu’au clic
command-tableflip = Ajouter (╯°□°)╯︵ ┻━┻
command-topic = Changer le sujet de ce salon
command-unflip = Ajouter ┬─┬ ノ( ゜-゜ノ)

## Desktop
notice-open = Ouvrir
notice-hidden = Nouveau message
tray-open = Ouvrir Bivouac
choose-files = Envoyer des fichiers
choose-picture = Choisir une image
pictures = Images
choose-none = Ce bureau n’a pas de sélecteur de fichiers. Dépose plutôt le fichier sur cette fenêtre.
kept-all = Sur tous les appareils de ceux qui lisent ici
kept-some = Sur { $count } de { $of } appareils pour l’instant. Le message voyage dès que les autres se montrent.

## Nearby
people-nearby = Sur ce réseau
people-nearby-hint = { $count ->
    [one] { $count } personne est là
   *[other] { $count } personnes sont là
}
people-nearby-words = Ils voient ton nom. Frappe, et ils peuvent t’ouvrir une de leurs guildes.
people-nearby-none = Personne pour l’instant
people-nearby-none-hint = Les autres qui ont Bivouac sur le même Wi-Fi ou câble apparaissent ici d’eux-mêmes.
knock = Frapper
knocking = En attente d’une réponse…
joining-nearby = On t’ouvre…
not-knockable = N’ouvre pas
banner-knock = { $who }, sur ce réseau, frappe à la porte. Laisser entrer dans { $guild } ?
turn-away = Non
let-in = Laisser entrer
banner-knock-elsewhere = { $who }, sur ce réseau, frappe. Ouvre une guilde où tu peux inviter pour l’y laisser entrer.
let-in-late = On t’a ouvert après que tu as quitté la fenêtre. Frappe de nouveau pour entrer.
## Guild settings

guild-settings = Paramètres de la guilde
settings-esc = Échap
unsaved = Tu as des changements non enregistrés.
unsaved-alarm = Attention : enregistre ou annule d’abord tes changements.
unsaved-reset = Annuler
unsaved-save = Enregistrer
reason = Raison (facultatif)
reason-example = Toute la guilde peut la lire dans le journal d’audit
nobody-found = Personne ne porte ce nom.
nobody-found-hint = Essaie un bout du nom, ou un autre rôle.
member-filter = Chercher un membre par son nom
any-role = Tous les rôles
roles-more = { $count ->
    [one] { $count } rôle de plus
   *[other] { $count } rôles de plus
}
guild-overview = Vue d’ensemble
guild-overview-hint = Comment s’appelle la guilde, de quoi elle parle, et à qui elle est.
guild-icon = Icône
guild-description = Description
guild-description-example = De quoi parle cette guilde ?
guild-undescribed = Pas encore de description.
picture-path-example = Chemin d’une image, comme /home/ana/camp.png
picture-choose = Choisir un fichier…
picture-take = Utiliser cette image
picture-remove = Retirer
picture-rule = PNG, JPEG, GIF ou WebP, 512 Kio et 4 096 pixels de côté au plus.
hand-over = Céder la guilde
hand-over-hint = Le propriétaire est au-dessus de tous les rôles. Quelqu’un d’autre peut l’être à ta place ; lui seul pourra te la rendre.
hand-over-filter = À qui ? Écris un nom
hand-over-alone = La guilde est à toi. Quand d’autres l’auront rejointe, tu pourras la céder, puis la quitter.
hand-over-head = Céder la guilde à { $who } ?
hand-over-words = Elle sera à cette personne, au-dessus de tout le monde, toi compris. Elle seule pourra te la rendre.
locked-guild = Tu peux regarder. Pour changer ceci, il faut la permission « Gérer la guilde ».
locked-roles = Tu peux regarder. Pour changer ceci, il faut la permission « Gérer les rôles ».
guild-roles = Rôles
guild-roles-hint = Un rôle est au-dessus de ceux listés plus bas. Personne ne change un rôle aussi haut que le sien, ni ne donne ce qu’il n’a pas.
role-create = Créer un rôle
role-new = Nouveau rôle
role-looks = Affichage
role-permissions = Permissions
role-holders = Membres
role-higher = Ce rôle est aussi haut que toi, ou plus haut : tu peux regarder.
role-name = Nom du rôle
role-color = Couleur
role-colorless = Sans couleur
role-color-wrong = Six chiffres, comme #ff9a5c
role-hoist = Lister ses membres à part
role-hoist-hint = Les membres en ligne sont affichés sous le nom de ce rôle.
role-rank = Rang { $rank }
role-rank-hint = Un rang ne fait que baisser, pour que ce qui fut décidé sous lui garde son poids. Un rôle monte quand celui du dessus passe dessous.
role-up = Monter
role-down = Descendre
role-delete = Supprimer le rôle
role-delete-head = Supprimer le rôle { $role } ?
role-delete-words = Tous ceux qui l’ont le perdent, avec ce que lui seul leur permettait. C’est définitif.
role-give = Donner ce rôle à
role-give-hint = Écris un nom pour donner ce rôle à quelqu’un.
role-unheld = Personne n’a encore ce rôle.
role-take = Retirer ce rôle
guild-members = Membres
guild-members-hint = { $count ->
    [one] { $count } membre
   *[other] { $count } membres
}
nick = Pseudo dans cette guilde
nick-set = Enregistrer
nick-drop = Retirer
member-higher = Cette personne est aussi haut que toi, ou plus haut : tu ne peux rien y changer.
silence = Faire taire
silence-for = Faire taire pendant
silence-head = Faire taire { $who } pendant { $time } ?
silence-words = Lecture seule pendant ce temps, sans parler ni écrire.
guild-invites = Invitations
guild-invites-hint = Des liens qui font entrer. Le lien lui-même n’est montré qu’une fois, à qui l’a créé.
invites-none = Aucune invitation
invites-none-hint = Crées-en une pour faire entrer des amis. Elle marche tant que quelqu’un de la guilde est en ligne.
invite-used-of = utilisée { $uses } fois sur { $most }
invite-used = { $count ->
    [one] utilisée { $count } fois
   *[other] utilisée { $count } fois
}
invite-used-up = épuisée
invite-over = expirée
invite-ends = expire { $when }
invite-forever = n’expire jamais
invite-revoke = Révoquer : le lien ne marche plus
guild-bans = Bannissements
guild-bans-hint = Aucune invitation ne laisse revenir ces personnes tant qu’elles sont bannies.
bans-none = Personne n’est banni
bans-none-hint = On bannit quelqu’un depuis son profil, ou depuis la page des membres.
banned-by = Banni par { $who } · { $when }
unban = Débannir
guild-audit = Journal d’audit
guild-audit-hint = Ce qui a été fait dans cette guilde, le plus récent d’abord. Ce qui est resté sans effet est barré, avec la raison.
audit-replay = Chacun peut rejouer ce journal : l’appareil de chaque membre le recalcule à partir d’actes signés, et tous trouvent la même chose.
audit-coming = Lecture du journal…
audit-more = En voir plus
deed-reason = Raison : { $reason }
deed-void = Sans effet : { $why }.
deed-gone-channel = un salon disparu
deed-gone-role = un rôle disparu
deed-guild-create = { $who } a créé la guilde
deed-guild-update = { $who } a changé le nom, la description ou l’icône de la guilde
deed-guild-hand-over = { $who } a cédé la guilde à { $what }
deed-guild-leave = { $who } a quitté la guilde
deed-channel-create = { $who } a créé le salon { $what }
deed-channel-update = { $who } a modifié le salon { $what }
deed-channel-delete = { $who } a supprimé { $what }
deed-channel-overwrite = { $who } a changé des permissions dans { $what }
deed-channel-enter = { $who } a fait entrer { $what } par le mot de passe d’un salon
deed-invite-create = { $who } a créé l’invitation { $what }
deed-invite-revoke = { $who } a révoqué l’invitation { $what }
deed-invite-join = { $what } a rejoint la guilde, grâce à { $who }
deed-role-create = { $who } a créé le rôle { $what }
deed-role-update = { $who } a modifié le rôle { $what }
deed-role-delete = { $who } a supprimé { $what }
deed-role-assign = { $who } a donné un rôle à { $what }
deed-role-unassign = { $who } a retiré un rôle à { $what }
deed-member-kick = { $who } a expulsé { $what }
deed-member-ban = { $who } a banni { $what }
deed-member-unban = { $who } a débanni { $what }
deed-member-timeout = { $who } a fixé combien de temps { $what } doit se taire
deed-member-nick = { $who } a changé le pseudo de { $what }
deed-member-avatar = { $who } a changé d’image de profil
deed-emoji-create = { $who } a ajouté un émoji
deed-emoji-delete = { $who } a supprimé un émoji
deed-identity-update = { $who } a changé ses appareils ou son nom
deed-sealed = Quelque chose de { $who } qui n’est pas encore lisible
void-sealed = sa clé n’est pas arrivée ici
void-unreadable = c’est illisible, ou ce n’est pas un acte de cette guilde
void-not-held = son auteur n’avait pas le rôle invoqué, ou l’avait perdu
void-not-allowed = le rôle invoqué ne le permet pas
void-outranked = la cible est aussi haut que l’auteur, ou plus haut
void-invite = l’invitation était inconnue, révoquée, épuisée, ou plus ancienne que le départ de l’invité
void-banned = l’invité est banni
void-forked = l’appareil a signé deux actes au même endroit, et personne n’avait bâti sur celui-ci
void-revoked = l’appareil a été révoqué
void-handed-over = l’auteur avait déjà cédé la guilde
void-unknown = l’auteur ne connaissait pas ce dont il s’agit
guild-emoji = Émojis
guild-emoji-hint = Les images de la guilde, par leur nom : { $count } sur { $most } au plus.
emoji-name = Nom
emoji-name-example = feu_de_camp
emoji-picture = Image
emoji-add = Ajouter
emoji-rule = 2 à 32 caractères parmi A–Z, a–z, 0–9 et _ ; PNG, JPEG, GIF ou WebP, 512 Kio au plus.
emoji-bare = Pas encore d’émoji
emoji-bare-hint = Donne un nom à une image, et tout le monde ici peut écrire :nom:.
emoji-delete-head = Supprimer :{ $name }: ?
emoji-delete-words = Dans les messages et les réactions, son nom apparaîtra à la place.
guild-history = Règles d’historique
guild-history-hint = Ce que lisent les nouveaux venus, ce qui est oublié et quand. C’est fixé à la création du salon, et les clés y veillent.
policy-removed = Qui part ou est expulsé garde sur son appareil ce qu’il avait lu.
policy-removed-later = Ce qui se dit ensuite est scellé par de nouvelles clés, que cette personne ne reçoit jamais.
policy-unsaid = Ce qui est supprimé ou oublié disparaît des appareils des membres ; un appareil modifié pour le garder le peut.
policy-channels = Salons
policy-public = Tous les membres le lisent.
policy-private = Seuls ceux qu’on y a fait entrer, le propriétaire et les administrateurs le lisent. Il a ses propres clés.
policy-password = Qui connaît son mot de passe peut entrer et le lire. Il a ses propres clés.
policy-whole = Les nouveaux venus lisent tout, depuis le début.
policy-since-join = Les nouveaux venus ne lisent que ce qui suit leur arrivée.
policy-ephemeral = Les nouveaux venus ne lisent rien de ce qui a précédé.
policy-keeps = Rien n’est oublié, sauf ce que quelqu’un supprime.
policy-forgets = Tous les appareils oublient les messages au bout de { $time }.
policy-forgets-keys = Tous les appareils oublient les messages au bout de { $time }, et leurs clés au bout de { $twice }.
perm-lacking = Tu ne l’as pas toi-même.
perm-group-general = Général
perm-group-members = Appartenance
perm-group-text = Salons textuels
perm-group-voice = Salons vocaux
perm-group-all = Tout
perm-view = Voir les salons
perm-view-hint = Voir les salons et lire ce qui s’y dit.
perm-manage-channels = Gérer les salons
perm-manage-channels-hint = Créer, modifier et supprimer des salons.
perm-manage-roles = Gérer les rôles
perm-manage-roles-hint = Créer, modifier et donner des rôles sous le sien ; dans un salon, changer les permissions.
perm-manage-guild = Gérer la guilde
perm-manage-guild-hint = Changer le nom, la description, l’icône et les émojis ; révoquer toute invitation.
perm-manage-webhooks = Gérer les webhooks
perm-manage-webhooks-hint = Créer et supprimer des webhooks.
perm-create-invite = Inviter des gens
perm-create-invite-hint = Créer des liens qui font entrer.
perm-kick = Expulser des membres
perm-kick-hint = Faire sortir des membres placés plus bas ; une nouvelle invitation les laisse revenir.
perm-ban = Bannir des membres
perm-ban-hint = Faire sortir pour de bon des membres placés plus bas, et débannir.
perm-timeout = Faire taire des membres
perm-timeout-hint = Empêcher un temps des membres placés plus bas d’écrire et de parler.
perm-send = Envoyer des messages
perm-send-hint = Écrire dans les salons textuels.
perm-send-in-threads = Envoyer des messages dans les fils
perm-send-in-threads-hint = Écrire dans les fils.
perm-react = Ajouter des réactions
perm-react-hint = Mettre des émojis sur les messages.
perm-attach = Joindre des fichiers
perm-attach-hint = Envoyer des fichiers et des images.
perm-mention-everyone = Mentionner tout le monde
perm-mention-everyone-hint = Prévenir tout le monde d’un coup avec @everyone.
perm-manage-messages = Gérer les messages
perm-manage-messages-hint = Supprimer les messages des autres, et en épingler.
perm-connect = Se connecter
perm-connect-hint = Rejoindre les salons vocaux.
perm-speak = Parler
perm-speak-hint = Se faire entendre dans les salons vocaux.
perm-video = Vidéo
perm-video-hint = Allumer une caméra.
perm-stream = Partager l’écran
perm-stream-hint = Montrer une fenêtre ou l’écran.
perm-priority-speaker = Voix prioritaire
perm-priority-speaker-hint = Tous les autres baissent de volume pendant qu’il parle.
perm-mute-members = Couper le micro des membres
perm-mute-members-hint = Rendre les autres muets dans les salons vocaux.
perm-move-members = Déplacer des membres
perm-move-members-hint = Faire passer les autres d’un salon vocal à un autre.
perm-soundboard = Table de sons
perm-soundboard-hint = Jouer des sons dans les salons vocaux.
perm-record = Enregistrer
perm-record-hint = Enregistrer un appel ; tous ceux qui y sont le voient.
perm-administrator = Administrateur
perm-administrator-hint = Tout, dans tous les salons, même privés. À donner à peu de gens.

## Channel settings

channel-settings = Modifier le salon
channel-overview = Vue d’ensemble
channel-overview-hint = Comment s’appelle le salon, et comment il marche.
locked-channel = Tu peux regarder. Pour changer ceci, il faut ici la permission « Gérer les salons ».
channel-gone = Ce salon n’existe plus
channel-gone-hint = Il a été supprimé. Échap pour revenir.
channel-topic = Sujet
channel-topic-example = De quoi parle ce salon ?
channel-position = Position
channel-position-hint = Sa place dans la liste, pour tout le monde.
channel-up = Monter
channel-down = Descendre
channel-category = Catégorie
channel-no-category = Aucune
channel-slow = Mode lent
channel-slow-hint = Chacun attend ce temps entre deux messages, sauf ceux qui gèrent le salon ou ses messages.
slow-off = Désactivé
channel-limit = Nombre maximal de membres dans un appel
limit-none = Sans limite
channel-policy = Historique
policy-for-good = Qui le lit et ce que lisent les nouveaux venus fut fixé à la création du salon, et le reste.
channel-kept = Garder les messages
channel-kept-hint = Les plus anciens disparaissent de tous les appareils ; une durée plus courte agit tout de suite.
kept-ever = Toujours
channel-password-new = Nouveau mot de passe
channel-permissions = Permissions
channel-permissions-hint = Ce que rôles et membres peuvent faire ici, là où c’est différent d’ailleurs. Ce qui vise un membre l’emporte sur ce qui vise des rôles.
over-locked = Tu peux regarder. Pour changer ceci, il faut ici la permission « Gérer les rôles ».
over-private = Ce salon est privé : seuls le lisent ceux à qui « Voir les salons » est accordé ici.
over-filter = Ajouter un rôle ou un membre
over-clear = Retirer
over-lacking = Tu ne l’as pas toi-même.
over-closed = Un salon privé est fermé à tous, sauf si c’est accordé.
over-outranked = Aussi haut que toi : tu ne peux pas le lui retirer.
way-deny = Refuser ici
way-neutral = Comme ailleurs
way-allow = Accorder ici
## Settings

settings-profile = Mon profil
settings-looks = Apparence
settings-keys = Raccourcis clavier
settings-notify = Notifications
settings-network = Réseau
settings-storage = Données
settings-about = À propos
profile-name-hint = C’est le nom que connaissent toutes les guildes. Dans une guilde, tu peux en porter un autre.
profile-this-device = Cet appareil
first-device = Premier appareil
profile-devices = Mes appareils
profile-avatar = Avatar
profile-avatar-hint = Une seule image, montrée dans toutes tes guildes et dans celles que tu rejoindras. Elle est d’abord réduite, et ce qu’un appareil photo y inscrit, comme le lieu, est retiré.
profile-avatar-example = /home/ana/Images/moi.png
profile-avatar-choose = Choisir une image…
profile-avatar-use = Utiliser
profile-avatar-remove = Retirer l’avatar
profile-avatar-working = Mise en place dans chaque guilde…
profile-avatar-set = Ton avatar est en place dans toutes tes guildes.
profile-avatar-removed = Ton avatar est retiré.
profile-avatar-unread = Ce fichier ne peut pas être lu. Vérifie le chemin, et ton droit de l’ouvrir.
profile-avatar-unfit = Bivouac ne peut pas utiliser cette image. Prends un PNG, JPEG, GIF ou WebP de 32 Mo au plus.
secret = Phrase secrète
secret-hint = Avec une phrase secrète, ce disque ne se lit pas sans elle. Bivouac la demande alors à chaque démarrage. Personne ne pourra la retrouver : tes mots de récupération n’ouvrent pas ce dossier.
secret-there = Ce dossier est protégé par une phrase secrète ; Bivouac la demande à chaque démarrage.
secret-old = Phrase actuelle
secret-new = Nouvelle phrase
secret-again = Encore une fois
secret-begin = Définir la phrase
secret-change = Changer la phrase
secret-remove = Retirer la phrase
secret-working = Cela prend exprès une seconde…
secret-differs = Les deux ne sont pas identiques. Retape la nouvelle.
secret-wrong = La phrase actuelle n’est pas la bonne.
secret-set = Désormais, cette phrase ouvre ton dossier.
secret-removed = Désormais, ton dossier s’ouvre sans phrase secrète.
looks-theme = Thème
looks-system = Comme le système
looks-dark = Sombre
looks-light = Clair
looks-accent = Couleur d’accent
accent-ember = Braise
accent-pine = Pin
accent-sky = Ciel
accent-heather = Bruyère
accent-rose = Églantine
looks-density = Messages
looks-cosy = Aéré
looks-compact = Compact
looks-preview-one = Ana
looks-preview-one-says = Qui apporte les chamallows ?
looks-preview-two = Bo
looks-preview-two-says = J’en ai deux paquets. Allumez le feu !
looks-scale = Taille de l’affichage
looks-percent = { $count } %
looks-scale-usual = Rétablir
looks-language = Langue
looks-language-system = Comme le système
looks-more = Autres
looks-animations = Images animées
looks-animations-hint = Les images et les émojis animés bougent tout seuls.
looks-streamer = Mode streamer
looks-streamer-hint = Masque invitations, identifiants, chemins et adresses quand d’autres voient ton écran. Ce que tu écris toi-même reste lisible.
keys-hint = Appuie sur « Changer », puis sur les touches. Échap annule l’attente.
keys-reset-all = Tout rétablir
keys-places = Se déplacer
keys-messages = Messages
keys-window = Fenêtre
keys-voice = Voix
keys-press = Appuie sur les touches…
keys-change = Changer
keys-reset = Rétablir les touches habituelles
keys-reserved = { $chord } sert à écrire ou à se déplacer. Ajoute Ctrl ou Alt, ou prends une autre touche.
keys-taken = { $chord } fait déjà « { $act } ».
keys-swap = Échanger les deux
keys-double = Ces touches font « { $act } ». Choisis-en d’autres.
key-shift = Maj
key-escape = Échap
key-enter = Entrée
key-space = Espace
key-page-up = Page ↑
key-page-down = Page ↓
key-home = Origine
key-end = Fin
key-delete = Suppr
key-insert = Inser
act-switch = Trouver un salon
act-above = Salon précédent
act-below = Salon suivant
act-unread-above = Salon non lu précédent
act-unread-below = Salon non lu suivant
act-guild-above = Guilde précédente
act-guild-below = Guilde suivante
act-read = Marquer le salon comme lu, ou quitter ce qui est ouvert
act-read-guild = Marquer la guilde comme lue
act-search = Rechercher
act-members = Afficher ou masquer les membres
act-pins = Messages épinglés
act-settings = Réglages
act-emoji = Choisir un émoji
act-attach = Envoyer des fichiers
act-page-up = Une page plus haut
act-page-down = Une page plus bas
act-present = Aller au dernier message
act-larger = Agrandir
act-smaller = Réduire
act-usual = Taille normale
act-keys = Raccourcis clavier
act-quiet = Ne pas déranger
act-mute = Couper le micro
act-deafen = Mettre en sourdine
act-quit = Quitter Bivouac
notify-on = Notifications
notify-on-hint = Me prévenir des messages quand je fais autre chose.
notify-preview = Montrer le contenu
notify-preview-hint = Sinon, une notification dit seulement qui écrit, et où.
notify-quiet = Ne pas déranger
notify-quiet-hint = Aucune notification tant que ce mode dure.
notify-tray = Continuer quand la fenêtre se ferme
notify-tray-hint = Bivouac reste près de l’horloge et continue de recevoir. Sinon, fermer la fenêtre quitte.
notify-rules = Guildes et salons
notify-rules-hint = Tu es prévenu des mentions, sauf choix contraire dans le menu d’une guilde ou d’un salon. Retirer une ligne rétablit cela.
notify-rules-none = Aucune guilde ni aucun salon ne fait exception.
notify-rule-remove = Rétablir l’habitude
notify-guild = Toute la guilde
notify-unknown = Quitté ou inconnu ({ $id })
network-mdns = Chercher les gens sur ce réseau
network-mdns-hint = Les amis sur le même réseau ou à la même LAN se connectent, même sans internet.
network-visible = Visible des gens sur ce réseau
network-visible-hint = Des inconnus y voient ton nom et peuvent demander à entrer dans une de tes guildes. Caché, tu ne les vois pas non plus.
network-later = Prend effet au prochain démarrage de Bivouac.
network-told = Cette fois, la ligne de commande en a décidé autrement. Les réglages s’appliquent quand Bivouac démarre sans ces options.
network-peers = Connectés en ce moment
network-peers-none = Personne n’est connecté. Dès que l’appareil d’un ami est joignable, il apparaît ici.
network-doctor = Diagnostic réseau
network-doctor-hint = Quelqu’un est injoignable ? Le diagnostic dit ce qui est tenté, ce qui échoue, et quoi faire.
network-listen = Adresses d’écoute
network-listen-hint = Si c’est vide, Bivouac prend tous les réseaux de cet appareil et un port libre : c’est bon pour presque tout le monde. Fixe des adresses si un routeur redirige un port. Prend effet au prochain démarrage.
network-listen-add = Ajouter
network-listen-remove = Retirer
network-listen-fault = Ce n’est pas une adresse d’écoute. Écris par exemple /ip4/0.0.0.0/udp/4001/quic-v1 ou /ip6/::/tcp/4001 ; 16 au plus.
network-addresses = Comment joindre cet appareil
network-addresses-hint = Tes invitations contiennent ces adresses.
network-addresses-none = Cet appareil n’a aucune adresse joignable. Est-il connecté à un réseau ?
network-addresses-copy = Copier les adresses
storage-folder = Dossier des données
storage-open = Ouvrir le dossier
storage-copy = Copier le chemin
storage-hint = Ton identité, tes guildes, tes messages et tes fichiers. Tout y est scellé ; pour le sauvegarder, copie le dossier entier quand Bivouac est fermé, et ne lance jamais deux copies à la fois.
storage-used = Sur le disque
storage-looking = Lecture…
storage-store = Messages
storage-store-hint = Tout ce qui s’est dit dans tes guildes, avec l’index qui permet de chercher.
storage-own = Fichiers envoyés
storage-own-hint = Gardés aussi longtemps que leurs messages.
storage-fetched = Fichiers des autres
storage-fetched-hint = { $most } au plus ; ensuite les plus anciens cèdent la place, et reviennent quand tu les demandes.
storage-aside = Bases endommagées, mises de côté
storage-aside-hint = Tout a été repris chez les autres membres. Supprime-les quand tu n’en as plus besoin.
storage-free = { $size } libres sur ce disque
storage-free-unknown = Le système ne dit pas combien il reste de place.
about-version = Version { $version }
about-words = Discuter entre amis, sans le serveur de personne au milieu. Ton appareil garde tes guildes et parle directement à ceux de tes amis.
about-licence = Logiciel libre : { $licence }.
about-made-with = Fait avec
about-inter = Police de lecture
about-mono = Police du code et des identifiants
about-twemoji = Émojis
about-lucide = Pictogrammes
about-iced = Affichage et commandes
secret-in-keyring = La phrase secrète est dans le trousseau de cet ordinateur, qui s’ouvre avec ta session : personne ne la tape. Si le trousseau est perdu, ce dossier l’est aussi.
secret-keyring = Utiliser le trousseau de cet ordinateur
secret-kept = Désormais, le trousseau de cet ordinateur ouvre ton dossier.
network-links = Ouvrir les liens bivouac://
network-links-hint = Les invitations et les liens vers des messages, cliqués dans un navigateur ou un e-mail, s’ouvrent dans ce programme.
keys-everywhere = Touches actives dans toutes les fenêtres
keys-everywhere-hint = Même quand un autre programme a le clavier : { $acts }.
keys-everywhere-none = Il n’y en a pas ici : { $why }.
act-show = Amener Bivouac au premier plan

## Doctor

doctor = Diagnostic réseau
doctor-again = Relancer
doctor-copy = Copier le rapport
doctor-copied = Rapport copié. Il ne nomme personne.
doctor-copy-hint = Le rapport ne contient ni nom, ni identifiant, ni adresse : il peut être montré à qui veut aider.
doctor-looking = Analyse en cours…
doctor-findings = Résultats
doctor-fine = Tout va bien.
doctor-here = Cet appareil
doctor-listening = Joignable par
doctor-listening-none = rien
doctor-mdns = Cherche sur ce réseau
doctor-on = oui
doctor-off = non
doctor-nat = Derrière un routeur (NAT)
doctor-nat-unknown = inconnu
doctor-dials = Connexions tentées
doctor-free = Place libre sur le disque
doctor-peers = Appareils de tes guildes
doctor-peers-none = Aucun appareil d’un autre membre n’est encore connu. Invite quelqu’un, ou rejoins une guilde.
doctor-guilds = Ce qui est là de chaque guilde
doctor-guild-whole = { $ops } entrées : tout ce qui est connu est là.
doctor-guild-holes = { $ops } entrées ici, { $holes } manquantes, { $parked } en attente d’une autre ou d’une clé.
doctor-guild-there = { $online } membres sur { $members } en ligne, toi compris.
doctor-unknown = Ce que le diagnostic ne peut pas savoir
doctor-unknown-nat = Le type de NAT de ton routeur : cette version ne le mesure pas.
doctor-unknown-loss = Combien de paquets se perdent en route : seul l’aller-retour est mesuré.
doctor-unknown-others = Pourquoi un appareil se tait : éteint, ailleurs ou derrière un pare-feu, d’ici cela se ressemble.
peer-mine = { $name } (à moi)
peer-stranger = Un inconnu
peer-since = connecté { $when }
peer-ping = { $ms } ms
peer-ping-least = moins de 1 ms
peer-ping-unknown = pas encore mesuré
reach-this-machine = cet appareil seulement
reach-public-4 = IPv4 publique
reach-public-6 = IPv6 publique
path-lan = Ce réseau
path-direct = Direct, par internet
path-relay = Par un relais
trying-last = { $when } : { $why }
trying-next = { $count ->
    [one] Un essai ; prochain { $when }.
   *[other] { $count } essais ; prochain { $when }.
}
trying-now = Essai en cours.
trying-nowhere = Aucune adresse connue ; recherche sur ce réseau.
failure-another = un autre appareil répond à son adresse
failure-refused = sa machine répond, mais Bivouac n’y tourne pas, ou sur un autre port
failure-silent = rien ne répond : éteint, ailleurs, ou derrière un pare-feu
failure-no-route = aucun chemin ne mène de cet appareil à ses adresses
failure-full = cet appareil a déjà toutes les connexions qu’il accepte
failure-broken = la connexion n’a pas abouti
failure-lost = la connexion a été perdue
failure-left = l’autre côté a fermé la connexion
finding-no-identity = Il n’y a pas encore d’identité sur cet appareil.
finding-no-identity-todo = Crées-en une ; rien n’est connecté d’ici là.
finding-store = Ce qui est gardé ici est inutilisable pour l’instant.
finding-store-todo = Attends un instant : cela peut se réparer seul. Sinon, vérifie le disque et redémarre Bivouac.
finding-read-only = Le disque refuse d’écrire : rien ne peut être dit.
finding-read-only-todo = Libère de la place. La suite reprend toute seule.
finding-tight = Il ne reste que { $free } sur le disque.
finding-tight-todo = Libère de la place avant qu’il soit plein.
finding-unreachable = Aucune adresse de cet appareil n’est joignable.
finding-unreachable-todo = Connecte-le à un réseau. S’il l’est déjà, redémarre Bivouac.
finding-this-machine = Seuls les programmes de cet appareil peuvent le joindre.
finding-this-machine-todo = Connecte-le à un réseau, ou choisis une autre adresse d’écoute (Réglages, Réseau).
finding-no-mdns = Les gens sur ce réseau ne sont pas cherchés.
finding-no-mdns-todo = Active la recherche dans les réglages, ou démarre sans --no-mdns.
finding-alone = Aucun appareil d’un autre membre n’est connecté.
finding-alone-todo = Demande à un ami d’être en ligne. Sur le même réseau : les réseaux d’invités isolent souvent les appareils, et un pare-feu peut bloquer Bivouac.
finding-unknown = { $who } : pas connecté, et aucune adresse connue.
finding-unknown-todo = L’appareil se trouve sur le même réseau, ou par une nouvelle invitation de son propriétaire.
finding-away = { $who } : pas connecté, { $why }.
finding-away-todo = Si cette personne est en ligne, comparez réseaux et pare-feu. Sinon, il suffit d’attendre.
finding-relayed = { $who } : joint par un relais.
finding-relayed-todo = La discussion marche ; les appels peuvent être plus lents. Un chemin direct est cherché tout seul.
finding-slow = { $who } : lent, { $ms } ms aller-retour.
finding-slow-todo = Cherche un meilleur réseau d’un côté ou de l’autre.
finding-holes = { $count ->
    [one] Une entrée de { $guild } n’est pas encore là.
   *[other] { $count } entrées de { $guild } ne sont pas encore là.
}
finding-holes-todo = Elles sont reprises chez les membres qui les ont, dès que l’un d’eux est en ligne.

## What went wrong

fault-broke = Quelque chose s’est cassé dans Bivouac. Réessaie.
fault-no-identity = Il n’y a pas encore d’identité dans ce dossier. Redémarre Bivouac pour en créer une.
fault-closed = Bivouac a fermé ce dossier. Redémarre Bivouac.
fault-link = Ce lien d’invitation n’est pas entier. Copie-le à nouveau, de bivouac:// à son dernier caractère.
fault-link-other = Ce n’est pas un lien de Bivouac. Ils commencent par bivouac://join/ ou bivouac://message/.
fault-link-long = Ce lien est trop long pour être de Bivouac.
fault-link-message = Ce lien de message n’est pas entier. Copie-le à nouveau, de bivouac:// à son dernier caractère.
fault-name = Ce nom ne convient pas : il est trop court ou trop long, ne montre rien, ou a des caractères qui n’y sont pas permis. Choisis-en un autre.
fault-picture = Cette image ne convient pas : elle est trop grande, ou n’est ni PNG, ni JPEG, ni GIF, ni WebP. Choisis-en une autre.
fault-password = Ce mot de passe ne convient pas : il doit avoir de 1 à 128 caractères, et se donne à la création du salon.
fault-password-wrong = Ce n’est pas le mot de passe du salon. Réessaie.
fault-invalid = Quelque chose enfreint une règle : trop long, vide, ou d’une sorte qui n’est pas acceptée. Change-le et réessaie.
fault-not-found = Ce n’est pas ici : cela a disparu, ou n’est pas encore arrivé.
fault-exists = Cela existe déjà.
fault-banned = Cette personne est bannie de cette guilde ; lève d’abord le bannissement.
fault-knocked = Tu as déjà frappé là ; attends la réponse.
fault-forbidden = Refusé : tu n’en as pas le droit ici, ou l’autre côté a dit non. Demande à quelqu’un qui gère la guilde.
fault-too-large = C’est trop grand, ou il y en a déjà autant que possible. Réduis, ou enlève d’abord quelque chose.
fault-invite-expired = Cette invitation a expiré ou a été révoquée. Demandes-en une nouvelle.
fault-invite-used = Cette invitation a servi autant de fois que possible. Demandes-en une nouvelle.
fault-unreachable = Qui pourrait aider n’a pas été joint, ou n’a pas répondu à temps. Réessaie quand quelqu’un sera en ligne.
fault-disk = Le disque est plein ou défaillant. Libère de la place, puis réessaie.
fault-store-damaged = Ce qui est gardé ici est endommagé, et en cours de reconstruction. Réessaie dans un instant.
fault-no-key = La clé qu’il faut n’est pas encore arrivée. Elle vient toute seule : réessaie plus tard.
fault-busy = Impossible pour le moment. Attends un instant et réessaie.
fault-too-soon = C’était trop tôt après la dernière fois. Attends un instant, puis réessaie.
fault-file-unreadable = Impossible de lire { $path } : { $why }. Choisis un fichier que tu peux ouvrir.
fault-file-odd = { $path } n’est pas un fichier ordinaire. Un dossier s’envoie fichier par fichier, ou en archive.
fault-file-large = { $path } dépasse { $size }. Découpe-le.
fault-file-nameless = { $path } n’a pas de nom lisible. Renomme-le.
fault-file-full = Impossible d’écrire dans le dossier de données : { $why }. Libère de la place, puis réessaie.
fault-file-exists = Il y a un autre fichier à { $path }. Choisis un autre nom ou un autre dossier.
fault-file-unsavable = Impossible d’écrire { $path } : { $why }. Choisis un autre dossier.
fault-file-rotten = Le disque a endommagé ce qui est gardé de ce fichier. Vérifie le disque, et fais renvoyer le fichier.
fault-file-long = Ce fichier fait { $size }, et on n’en montre pas plus de { $most }. Enregistre-le plutôt.
fault-file-stopped = La récupération a été arrêtée. Ce qui est arrivé est gardé ; redemander reprend là.
fault-file-unreachable = Personne qui ait ce fichier n’est joignable. Ce qui en est arrivé est gardé : réessaie plus tard.
fault-clock = L’horloge de cet ordinateur indique une date d’avant 2026. Mets-la à l’heure, puis réessaie.
fault-folder-used = Le dossier { $path } est utilisé par un autre Bivouac. Ferme-le d’abord.
fault-folder-none = { $path } n’est pas un dossier. Choisis un autre endroit pour tes données.
fault-folder-closed = Le dossier { $path } est inutilisable : { $why }. Vérifie à qui il est, et la place sur son disque.
fault-folder-newer = Le dossier { $path } vient d’un Bivouac plus récent. Mets celui-ci à jour pour l’ouvrir.
fault-folder-odd = Le fichier { $path } n’est pas de Bivouac. Remets celui d’une sauvegarde.
fault-instance-silent = Bivouac tourne déjà avec le dossier { $path } et ne répond pas. Attends un peu, ou arrête ce programme.
fault-passphrase = La phrase secrète est fausse. Réessaie.
fault-passphrase-none = Ce dossier s’ouvre sans phrase secrète. Laisse-la vide.
fault-passphrase-empty = La phrase secrète est vide. Tapes-en une.
fault-vault-damaged = Le fichier { $path }, qui tient la clé de tout ce qui l’entoure, manque ou est endommagé. Remets celui d’une sauvegarde.
fault-vault-kdf = Impossible de tirer la clé de la phrase secrète. Ferme d’autres programmes pour libérer de la mémoire, puis réessaie.
fault-vault = Impossible de lire ou d’écrire la clé de ce dossier : { $why }. Vérifie à qui est le dossier, et la place sur son disque.
fault-identity-exists = Il y a déjà une identité dans ce dossier. Redémarre Bivouac pour l’ouvrir.
fault-identity-damaged = Le fichier d’identité { $path } est endommagé, ou la clé à côté est celle d’un autre dossier. Remets les deux d’une sauvegarde.
fault-identity-gone = Le fichier d’identité { $path } a disparu, et ce qui l’entoure ne sert à rien sans lui. Remets celui d’une sauvegarde.
fault-identity-odd = L’identité de ce dossier n’est pas valable. Remets celle d’une sauvegarde.
fault-identity-other = L’identité de ce dossier n’est pas celle de cet appareil. Remets celle d’une sauvegarde.
fault-identity = Impossible de lire ou d’écrire le fichier d’identité : { $why }. Vérifie à qui il est, et la place sur son disque.
fault-store = Impossible d’ouvrir ce qui est gardé : { $why }. Vérifie à qui est le dossier de données.
fault-store-write = Rien ne peut être enregistré : { $why }. Vérifie le disque, et à qui est le dossier de données.
fault-thread = Le système n’a plus de place : { $why }. Ferme d’autres programmes, puis réessaie.
fault-address = { $address } n’est pas une adresse où écouter. Écris-en une comme /ip4/0.0.0.0/udp/4001/quic-v1.
fault-listen = Bivouac ne peut pas écouter sur { $address } : { $why }. Choisis une autre adresse ou un port libre.
fault-no-address = Bivouac ne peut écouter sur aucune adresse : { $why }. Vérifie que cet appareil a un réseau.
fault-network = Le réseau n’a pas pu être mis en place. Redémarre Bivouac.
fault-open-not-web = Seules les adresses web (http:// ou https://) s’ouvrent. Copie l’adresse pour t’en servir ailleurs.
fault-open-no-folder = Il n’y a pas de dossier { $path }.
fault-open-missing = Impossible de lancer xdg-open, le programme qui ouvre les choses : { $why }. Installe xdg-utils.
fault-open-failed = Aucun programme trouvé pour l’ouvrir. Choisis un navigateur ou un gestionnaire de fichiers dans les réglages de ton bureau.
fault-clipboard = Le presse-papiers est inaccessible ici. Dépose ou enregistre plutôt le fichier.
fault-clipboard-silent = Le programme d’où vient la copie ne répond pas. Enregistre là-bas, et envoie le fichier.
fault-clipboard-large = Cette image est trop grande pour le presse-papiers. Passe par un fichier.
fault-clipboard-odd = Cette image est illisible.
fault-scheme-home = Il n’y a pas de dossier personnel où inscrire Bivouac.
fault-scheme-path = Le chemin de ce programme a des caractères qui ne peuvent pas être inscrits. Installe-le ailleurs.
fault-scheme-list = Le fichier { $path } n’est pas une liste d’applications comme il faut. Regarde-le, ou déplace-le.
fault-scheme-file = Impossible de lire ou d’écrire le fichier { $path } : { $why }. Vérifie à qui il est.
settings-unsaved = Les réglages n’ont pas pu être enregistrés : { $why }.
warning-clock = L’horloge d’un autre membre a plus de cinq minutes d’avance sur celle-ci. Ce qu’il écrit s’affiche le moment venu. Vérifie l’horloge des deux appareils.
warning-fork = L’appareil d’un membre a signé deux choses différentes au même endroit de son journal. Ce qui suit ne compte pas.
warning-elsewhere = Une copie de ce dossier de données écrit aussi. Arrête l’une des deux : chaque appareil a besoin de sa propre identité.
warning-store = Ce qui est gardé ici était endommagé, perdu ou remis d’une copie. Ce que d’autres en ont leur est demandé. Si une copie de ce dossier de données sert encore, arrête l’une des deux.
warning-key = L’appareil d’un membre a donné une clé qui n’est pas celle de tous. Elle est demandée à d’autres.
warning-file = L’appareil d’un membre a donné des octets qui ne sont pas ceux du fichier. Il est demandé à d’autres.
warning-lagged = Une partie de ce qui s’est passé a été manquée. Tout est relu.
warning-other = Quelque chose n’est pas comme il faut. Le diagnostic réseau peut en dire plus.
keys-refused = { $act } : { $why }
refusal-unknown = ce clavier n’a pas ces touches. Choisis-en d’autres.
refusal-typing = cette touche sert à écrire. Ajoute Ctrl, Alt ou Super.
refusal-taken = déjà pris pour autre chose. Choisis d’autres touches.
why-no-bus = il n’y a pas de bus de session (D-Bus)
why-no-service = aucun programme de ce bureau ne l’offre
why-silent = le programme qui l’offre ne répond pas
why-refused = le programme qui l’offre a dit non
why-missing = introuvable
why-denied = tu n’en as pas le droit
why-full = le disque est plein
why-read-only = on ne peut rien y écrire
why-folder = un dossier est à la place d’un fichier, ou l’inverse
why-taken = un autre programme s’en sert
why-not-here = cet appareil ne l’a pas
why-system = le système a refusé
refused-not-member = Tu n’es plus membre de cette guilde. Ce que tu as lu reste lisible.
refused-unseen = Tu ne peux pas voir ce salon. Demande à quelqu’un qui gère la guilde.
refused-owner-stays = Le propriétaire ne peut pas quitter la guilde. Cède-la d’abord à un autre membre.
refused-owner-only = Seul le propriétaire peut céder la guilde.
refused-lacks = Il faut pour cela : { $permissions } ; et nul ne peut donner ce qu’il n’a pas. Demande au propriétaire ou à un administrateur.
refused-lacks-here = Dans ce salon, il faut une permission que tu n’as pas : { $permissions }. Demande à quelqu’un qui le gère.
refused-reads-only = Tu ne peux pas écrire dans ce salon.
refused-outranked = Ce que tu veux changer, ou la personne visée, est aussi haut que toi ou plus haut. Demande à quelqu’un au-dessus.
refused-law = La guilde ne le permet pas : { $why }.
refused-silenced = Tu es réduit au silence dans cette guilde, encore pour { $time }.
refused-author-only = Seul son auteur peut modifier un message.
refused-author-or-manager = Seul son auteur, ou quelqu’un qui gère ici les messages, peut supprimer un message.
refused-starter-or-manager = Seule la personne qui a commencé un fil, ou qui gère ici les messages, peut le changer.
refused-slow = Ce salon est ralenti : tu pourras y écrire dans { $time }.
refused-clock = L’horloge de cet appareil a été très en avance, puis reculée ; les autres ne verraient pas ce qui s’écrit maintenant. Règle-la, ou attends que l’heure l’ait rattrapée.
refused-key-coming = Ce sur quoi cela repose n’est pas encore lisible : une clé est en route. Réessaie dans un instant.
refused-sealed = Ce message n’est pas encore lisible : sa clé n’est pas arrivée. Elle vient toute seule.
refused-guilds-most = Bivouac garde ici { $most } guildes, autant que possible, celles que tu as quittées comprises.
refused-channels-most = Cette guilde a { $most } salons, autant que possible. Supprimes-en d’abord un.
refused-roles-most = Cette guilde a { $most } rôles, autant que possible. Supprimes-en d’abord un.
refused-pins-most = Ce salon a { $most } messages épinglés, autant que possible. Désépingles-en d’abord un.
refused-edits-most = Ce message a été modifié { $most } fois, autant que possible. Supprime-le, et écris-en un autre.
refused-store-fails = Ce qui est gardé ici est sans cesse endommagé. Vérifie le disque et la mémoire de cet ordinateur, puis redémarre Bivouac.
refused-removed = Tu as été expulsé de cette guilde. Si tu n’es pas banni, une nouvelle invitation te laisse entrer.
refused-invite = L’invitation n’a pas été acceptée. Demandes-en une nouvelle.
refused-host-left = Un membre t’a fait entrer, mais est parti avant que la guilde n’arrive. Réessaie le lien.
refused-nobody = Personne n’a été joint. Es-tu sur le même réseau qu’un membre, ou l’un d’eux est-il en ligne à une adresse du lien ?
refused-no-member = Aucun membre de cette guilde n’a été joint à temps. Demande à qui t’a invité d’être en ligne, et réessaie.
refused-denied = Quelqu’un t’a fermé ce salon ; le mot de passe n’y change rien. Demande-lui.
refused-keyless = Le mot de passe était bon, mais les clés du salon ne sont pas encore là. Elles viennent toutes seules.
refused-unchecked = Aucune des personnes qui lisent ce salon n’a pu vérifier le mot de passe : nul n’est joignable, ou trop de faux ont été essayés. Réessaie dans dix minutes.
refused-hidden = Tu es caché sur ce réseau. Montre-toi, puis frappe.
refused-no-knocks = Cette personne ne laisse personne frapper. Demande-lui un lien.
refused-knock-later = On ne peut pas frapper chez cette personne en ce moment. Réessaie plus tard, ou demande-lui un lien.
refused-knock-unreached = Cette personne n’a pas été jointe. Réessaie.
refused-knock-left = Cette personne est partie avant de répondre. Frappe à nouveau quand elle sera là.
refused-turned-away = Cette personne ne t’a pas laissé entrer.
refused-unanswered = Personne n’a répondu. Frappe à nouveau, ou demande un lien.
refused-messages-waiting = Trop de messages attendent une clé. Réessaie dans un instant.
refused-keys-coming = Les clés du salon sont en train d’être faites. Réessaie dans un instant.
refused-read-only = Le disque n’accepte plus rien. Libère de la place : la lecture continue, et l’écriture reprend dès qu’il y en a.
refused-not-sent = Le disque n’accepte plus rien, donc ceci n’est pas parti. Libère de la place, et renvoie-le.
refused-disk-needs = Le disque est plein ou défaillant. Libère de la place, { $size } ou plus, et Bivouac reprend de lui-même.
refused-joins-most = Tu rejoins beaucoup de guildes à la fois. Attends que l’une d’elles soit là.
refused-entries-most = Tu essaies beaucoup de mots de passe à la fois. Attends une réponse.
refused-knocks-most = Tu as frappé chez beaucoup de gens. Attends une réponse.
