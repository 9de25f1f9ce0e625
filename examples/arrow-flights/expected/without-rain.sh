#!/bin/sh
# Computes the report of arrow-flights.yml by other means, to compare: sh expected/without-rain.sh > report.csv
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../../late-flights"

echo "origin,city,flights,destinations,minutes,each,worst,median,first"
# Sorted by airport and delay, so that the median of each airport is in the middle of its lines.
tail -n +2 flights.csv | awk -F , '$4 >= 15 { print $2 "," $4 "," $3 "," $1 }' | sort -t , -k 1,1 -k 2,2n | awk -F , '
  NR == FNR { city[$1] = "\"" $2 ", " $3 "\""; next }
  function line(middle, median) {
    if (n == 0) return
    middle = int((n + 1) / 2)
    median = n % 2 ? delay[middle] : (delay[middle] + delay[middle + 1]) / 2
    printf "%s,%s,%d,%d,%d,%d,%d,%.1f,%s\n", origin, city[origin], n, destinations, sum, int(sum / n), delay[n], median, first
    n = sum = destinations = 0
    first = ""
    split("", seen)
  }
  $1 != origin { line(); origin = $1 }
  {
    delay[++n] = $2
    sum += $2
    if (!($3 in seen)) destinations++
    seen[$3] = 1
    departure = substr($4, 1, 10) "T" substr($4, 12) ":00"
    if (first == "" || departure < first) first = departure
  }
  END { line() }' airports.csv - |
  # The names of cities hold the one comma in quotes, so minutes are the sixth field.
  sort -t , -k 6,6nr -k 1,1
