#!/bin/sh
# Computes the report of late-flights.yml in one piece, by other means, to compare: sh expected/without-rain.sh > report.txt
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

# A flight per line: hour, airport, city, state, 1 if it was late and else 0.
flights() {
  awk -F , 'NR == FNR { city[$1] = $2 ", " $3; next }
            FNR > 1   { print substr($1, 12, 2) "|" $2 "|" city[$2] "|" ($4 >= 15 ? 1 : 0) }' airports.csv flights.csv
}

echo "Flights that arrive 15 minutes late or more, by hour of departure"
echo
flights | sort | awk -F '|' '
  function line(share) {
    if (n < 50) return
    share = 100 * late / n
    printf "  %s:00  %4.1f %%  ", hour, share
    for (i = 1; i <= share + 0.5; i++) printf "#"
    print ""
  }
  $1 != hour { line(); hour = $1; n = late = 0 }
  { n++; late += $4 }
  END { line() }'
echo
echo "The ten airports, of those with 100 flights or more, whose flights are late most often"
echo
flights | sort -t '|' -k 2,2 | awk -F '|' '
  function line() {
    if (n >= 100) printf "%.1f|%s|%d|%s\n", 100 * late / n, airport, n, city
  }
  $2 != airport { line(); airport = $2; city = $3; n = late = 0 }
  { n++; late += $4 }
  END { line() }' |
  sort -t '|' -k 1,1nr -k 2,2 | head -n 10 |
  awk -F '|' '{ printf "  %s  %4.1f %% of %3d  %s\n", $2, $1, $3, $4 }'
