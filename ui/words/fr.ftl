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
