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
